import { AwsError } from '../kernel/service.ts';

/** What Athena accepts as an execution parameter: one SQL literal; text needs its quotes. */
const LITERAL =
  /^\s*(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|'(?:[^']|'')*'|(?:date|timestamp|decimal)\s*'[^']*'|true|false|null)\s*$/i;

/** Texts, quoted names and comments, in which nothing may be replaced. */
const UNTOUCHED = `'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\\n]*|\\/\\*[\\s\\S]*?\\*\\/`;

function replace(sql: string, pattern: string, by: (token: string) => string): string {
  const tokens = new RegExp(`(${pattern})|${UNTOUCHED}`, 'gi');
  return sql.replace(tokens, (token: string, wanted: string | undefined) =>
    wanted === undefined ? token : by(token),
  );
}

/**
 * Replaces the question marks outside of quotes and comments by the parameters. @throws
 * InvalidRequestException when their numbers differ, or one is not a literal
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
  const filled = replace(sql, '\\?', () => parameters[used++]?.trim() ?? '?');
  if (used === parameters.length) return filled;
  throw new AwsError(
    'InvalidRequestException',
    `Incorrect number of parameters: expected ${used} but found ${parameters.length}`,
  );
}

/**
 * Writes Athena's decimals for DuckDB. DuckDB reads a DECIMAL without digits as DECIMAL(18,3), and
 * rounds silently. In Athena a literal has the digits it is written with, and a cast without
 * digits has none after the point.
 */
export function toDuck(sql: string): string {
  return replace(sql, `\\bdecimal\\s*'[^']*'|\\bas\\s+decimal\\s*\\)`, (token) => {
    const literal = /'([^']*)'/.exec(token)?.[1];
    if (literal === undefined) return 'as decimal(38,0))';
    return /^\s*[+-]?[0-9]*\.?[0-9]*\s*$/.test(literal) ? `(${literal})` : token;
  });
}
