import { conditionFits } from './iam-conditions.ts';
import type { PolicyContext } from './iam-conditions.ts';
import { actionMatches, arnMatches } from './iam-patterns.ts';
import type { Policy, Statement } from './iam-policy.ts';

export interface Verdict {
  /** As SimulatePrincipalPolicy spells it. */
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** Names of the policies that decided. */
  readonly by: readonly string[];
  /** Conditions that could not be understood. */
  readonly doubt?: string;
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: PolicyContext;
}

/**
 * Any Deny that applies wins over any Allow. A statement whose condition cannot be understood
 * counts against the caller: its Allow does not apply, its Deny does. @param applies of policies
 * on resources: whether the statement's principal is the caller
 */
export function evaluate(
  policies: readonly Policy[],
  request: Request,
  applies: (statement: Statement) => boolean = () => true,
): Verdict {
  const allowing: string[] = [];
  let doubt: string | undefined;
  for (const policy of policies) {
    for (const statement of policy.statements) {
      if (!covers(statement, request) || !applies(statement)) continue;
      const fit = conditionFits(statement.Condition, request.context);
      if (fit === 'differs') continue;
      if (fit !== 'fits') doubt = `${policy.name} has ${fit.unknown}`;
      if (statement.Effect === 'Deny')
        return { decision: 'explicitDeny', by: [policy.name], ...(doubt && { doubt }) };
      if (fit === 'fits') allowing.push(policy.name);
    }
  }
  if (allowing.length > 0) return { decision: 'allowed', by: [...new Set(allowing)] };
  return { decision: 'implicitDeny', by: [], ...(doubt && { doubt }) };
}

/** A policy on a resource may omit the resource: it means its own. */
function covers(statement: Statement, { action, resource }: Request): boolean {
  const byAction = statement.Action
    ? statement.Action.some((pattern) => actionMatches(pattern, action))
    : !(statement.NotAction ?? []).some((pattern) => actionMatches(pattern, action));
  if (!byAction) return false;
  if (statement.Resource) return statement.Resource.some((pattern) => arnMatches(pattern, resource));
  return !(statement.NotResource ?? []).some((pattern) => arnMatches(pattern, resource));
}

/** A statement that allows a request, and by which of its actions and resources. */
export interface Allowing {
  readonly policy: string;
  /** Its place among the policy's statements. */
  readonly statement: number;
  readonly actions: readonly number[];
  readonly resources: readonly number[];
}

/** Every statement that allows the request by itself. */
export function allowing(policies: readonly Policy[], request: Request): Allowing[] {
  const places = (patterns: readonly string[] = [], fits: (pattern: string) => boolean): number[] =>
    patterns.flatMap((pattern, i) => (fits(pattern) ? [i] : []));
  return policies.flatMap(({ name, statements }) =>
    statements.flatMap((statement, i): Allowing[] => {
      if (statement.Effect !== 'Allow' || !covers(statement, request)) return [];
      if (conditionFits(statement.Condition, request.context) !== 'fits') return [];
      return [
        {
          policy: name,
          statement: i,
          actions: places(statement.Action, (pattern) => actionMatches(pattern, request.action)),
          resources: places(statement.Resource, (pattern) => arnMatches(pattern, request.resource)),
        },
      ];
    }),
  );
}
