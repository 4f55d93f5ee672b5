import { AwsError } from '../kernel/service.ts';

/** What Athena takes as an execution parameter: one literal of SQL; text needs its quotes. */
const LITERAL =
  /^\s*(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|'(?:[^']|'')*'|(?:date|timestamp|decimal)\s*'[^']*'|true|false|null)\s*$/i;

/**
 * Puts the parameters where the statement has question marks outside of quotes and comments.
 * @throws InvalidRequestException when their numbers differ, or one is no literal
 */
export function fillIn(sql: string, parameters: readonly string[] = []): string {
  const wrong = parameters.find((parameter) => !LITERAL.test(parameter));
  if (wrong !== undefined) {
    throw new AwsError(
      'InvalidRequestException',
      `Execution parameter ${wrong} is not a literal of SQL; text needs single quotes, e.g. '2025-09'`,
    );
  }
  let used = 0;
  const filled = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g, (token) =>
    token === '?' ? (parameters[used++]?.trim() ?? '?') : token,
  );
  if (used === parameters.length) return filled;
  throw new AwsError(
    'InvalidRequestException',
    `Incorrect number of parameters: expected ${used} but found ${parameters.length}`,
  );
}
