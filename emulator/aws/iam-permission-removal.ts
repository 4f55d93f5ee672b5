import { actionMatches } from './iam-patterns.ts';
import type { Policy } from './iam-policy.ts';

export interface Removal {
  /** The rest of the policy; undefined when nothing is left. */
  readonly policy: Policy | undefined;
  /** What had allowed the action, e.g. `s3:Get* (policy read)`. */
  readonly struck: readonly string[];
}

/** The policy without what allows `action`: each pattern that matches it is removed. Denials stay. */
export function withoutPermission(policy: Policy, action: string): Removal {
  const struck: string[] = [];
  const statements = policy.statements.flatMap((statement) => {
    if (statement.Effect === 'Deny') return [statement];
    if (statement.Action === undefined) {
      throw new Error(
        `policy ${policy.name} allows by NotAction, from which no single permission can be removed`,
      );
    }
    const Action = statement.Action.filter((pattern) => !actionMatches(pattern, action));
    const gone = statement.Action.filter((pattern) => actionMatches(pattern, action));
    struck.push(...gone.map((pattern) => `${pattern} (policy ${policy.name})`));
    return Action.length > 0 ? [{ ...statement, Action }] : [];
  });
  return { policy: statements.length > 0 ? { name: policy.name, statements } : undefined, struck };
}
