import { ACCOUNT, REGION } from '../kernel/places.ts';
import type { Principal } from '../kernel/service.ts';
import { arnMatches, textMatches } from './iam-patterns.ts';
import type { Statement } from './iam-policy.ts';

/** Context keys by lower-case name, e.g. `aws:sourcearn`. */
export type PolicyContext = ReadonlyMap<string, string>;

export const contextOf = (context: Readonly<Record<string, string>>): PolicyContext =>
  new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));

/** `unknown` names what the evaluator does not understand; the caller must then deny. */
export type Fit = 'fits' | 'differs' | { readonly unknown: string };

type Comparison = (wanted: string, got: string) => boolean;

const sameText: Comparison = (wanted, got) => wanted === got;
const sameLetters: Comparison = (wanted, got) => wanted.toLowerCase() === got.toLowerCase();

/** For each operator: the comparison, and whether it is negated. */
const OPERATORS: Readonly<Record<string, readonly [Comparison, 'same' | 'other']>> = {
  StringEquals: [sameText, 'same'],
  StringNotEquals: [sameText, 'other'],
  StringEqualsIgnoreCase: [sameLetters, 'same'],
  StringNotEqualsIgnoreCase: [sameLetters, 'other'],
  StringLike: [textMatches, 'same'],
  StringNotLike: [textMatches, 'other'],
  ArnEquals: [arnMatches, 'same'],
  ArnLike: [arnMatches, 'same'],
  ArnNotEquals: [arnMatches, 'other'],
  ArnNotLike: [arnMatches, 'other'],
  Bool: [sameLetters, 'same'],
};

/** All operators and all keys of a condition must match; of several values for a key, one. */
export function conditionFits(condition: Statement['Condition'], context: PolicyContext): Fit {
  for (const [operator, keys] of Object.entries(condition ?? {})) {
    const ifExists = operator.endsWith('IfExists');
    const known = OPERATORS[operator.replace(/IfExists$/, '')];
    if (!known && operator !== 'Null')
      return { unknown: `the condition operator ${operator}, which the emulator does not emulate` };
    for (const [key, wanted] of Object.entries(keys)) {
      const got = context.get(key.toLowerCase());
      const holds = known
        ? compare(known, wanted, got, ifExists)
        : wanted.includes(String(got === undefined));
      if (!holds) return 'differs';
    }
  }
  return 'fits';
}

/** Without the key a positive operator fails and a negated one matches: there is no value that it excludes. */
function compare(
  [same, kind]: readonly [Comparison, 'same' | 'other'],
  wanted: readonly string[],
  got: string | undefined,
  ifExists: boolean,
): boolean {
  if (got === undefined) return ifExists || kind === 'other';
  const found = wanted.some((value) => same(value, got));
  return kind === 'same' ? found : !found;
}

/** The context of every request. It counts as encrypted, as it would be on AWS. */
export function requestContext(principal: Principal): Record<string, string> {
  return {
    'aws:PrincipalArn': principal.arn,
    'aws:PrincipalAccount': ACCOUNT,
    'aws:RequestedRegion': REGION,
    'aws:SecureTransport': 'true',
    ...Object.fromEntries(
      Object.entries(principal.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
  };
}
