const patterns = new Map<string, RegExp>();

/** `*` stands for any text, `?` for one character. */
export function textMatches(pattern: string, text: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    patterns.set(pattern, (compiled = new RegExp(`^${source}$`, 's')));
  }
  return compiled.test(text);
}

/** Actions are compared without regard to case. */
export const actionMatches = (pattern: string, action: string): boolean =>
  textMatches(pattern.toLowerCase(), action.toLowerCase());

/** Wildcards do not match colons before the resource part, as `arn:aws:s3:*:key` would otherwise. */
export function arnMatches(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [wanted, got] = [partsOf(pattern), partsOf(arn)];
  return wanted.length === got.length && wanted.every((part, i) => textMatches(part, got[i] ?? ''));
}

/** The six parts of an ARN; the last keeps its own colons. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
