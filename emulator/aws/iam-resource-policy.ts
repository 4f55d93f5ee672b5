import { contextOf } from './iam-conditions.ts';
import { evaluate } from './iam-evaluation.ts';
import { textMatches } from './iam-patterns.ts';
import type { Policy, Statement } from './iam-policy.ts';

/**
 * The caller that a policy on a resource (topic, queue, key, role's trust) judges: a service, or a
 * principal by its ARN.
 */
export interface Asker {
  readonly service?: string;
  readonly arn?: string;
}

/**
 * `account`: the account as a whole is allowed, so identity policies decide; `implicitDeny`: not mentioned.
 */
export type ResourceVerdict = 'allowed' | 'account' | 'explicitDeny' | 'implicitDeny';

/**
 * The decision of a policy on a resource. Statements without a Resource mean the resource they are attached to.
 * @param context e.g. `{ 'aws:SourceArn': alarmArn }`
 */
export function evaluateResourcePolicy(
  policy: Policy,
  asker: Asker,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): ResourceVerdict {
  const request = { action, resource, context: contextOf(context) };
  const says = (wanted: 'direct' | 'account'): ReturnType<typeof evaluate> =>
    evaluate([policy], request, (statement) => {
      const kind = addressee(statement, asker);
      return kind === wanted || (kind !== undefined && statement.Effect === 'Deny');
    });
  const direct = says('direct').decision;
  if (direct !== 'implicitDeny') return direct;
  return says('account').decision === 'allowed' ? 'account' : 'implicitDeny';
}

function addressee({ Principal }: Statement, asker: Asker): 'direct' | 'account' | undefined {
  if (Principal === undefined) return undefined;
  if (Principal === '*') return 'direct';
  if (asker.service !== undefined) return Principal.Service?.includes(asker.service) ? 'direct' : undefined;
  const { arn } = asker;
  if (arn === undefined) return undefined;
  const [, partition = '', , , account = ''] = arn.split(':');
  const root = `arn:${partition}:iam::${account}:root`;
  // A grant to the account allows root itself directly.
  const whole: 'direct' | 'account' = arn === root ? 'direct' : 'account';
  const named = Principal.AWS ?? [];
  if (named.some((entry) => entry === '*' || entry === arn || isRoleOf(entry, arn))) return 'direct';
  return named.some((entry) => entry === root || entry === account) ? whole : undefined;
}

/** A session `…:assumed-role/x/s` acts for the role `…:role/x`, with any path. */
function isRoleOf(role: string, session: string): boolean {
  const name = /:assumed-role\/([^/]+)\//.exec(session)?.[1];
  const account = session.split(':')[4];
  return (
    name !== undefined && textMatches(`arn:*:iam::${account}:role/*`, role) && role.split('/').at(-1) === name
  );
}
