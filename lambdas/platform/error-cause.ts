/**
 * The kind of error that a text describes. The text may name tenants, files or accounts: it stays in
 * the evidence, and reasons and messages get only the kind.
 */
export function errorCause(text: string | null): string {
  if (text === null || text.trim() === '') return 'no message';
  for (const [pattern, cause] of CAUSES) if (pattern.test(text)) return cause;
  const named = /\b([A-Z][A-Za-z]+(?:Exception|Error|Fault))\b/.exec(text)?.[1];
  const code = /exit code (\d+)/.exec(text)?.[1];
  return named ?? (code === undefined ? 'an error without a code' : `exit code ${code}`);
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Access ?Denied|not authorized to perform/i, 'AccessDenied'],
  [/out of memory|OutOfMemory/i, 'out of memory'],
  [/usage_snapshot_daily is incomplete/i, 'incomplete usage'],
  [/incomplete/i, 'incomplete delivery'],
  [/is closed/i, 'closed period'],
  [/fence/i, 'older fence'],
  [/timed? ?out/i, 'timed out'],
  [/throttl|rate exceeded/i, 'throttled'],
];

export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);
