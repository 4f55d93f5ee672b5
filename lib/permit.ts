import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IamStatement } from '../lambdas/platform/iam.ts';

export interface Permit {
  readonly role: Role;
  readonly statements: readonly IamStatement[];
  /** Why a resource that holds a `*` is as narrow as it gets. Without a reason, the check of the stack fails. */
  readonly wildcards?: string;
}

/**
 * One named policy for one concern, so that whoever reads a role (or a denial) sees what each part is for.
 * It is a child of the role: a function that depends on its role also depends on everything the role may do.
 * @param name the policy's name, e.g. `look`
 */
export function permit(name: string, { role, statements, wildcards }: Permit): void {
  if (statements.length === 0) return;
  const policy = new Policy(role, name, {
    policyName: name,
    roles: [role],
    statements: statements.map(
      ({ actions, resources, conditions = {} }) =>
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: [...actions],
          resources: [...resources],
          conditions,
        }),
    ),
  });
  if (wildcards === undefined) return;
  for (const resource of new Set(statements.flatMap(({ resources }) => resources))) {
    const id = readable(Stack.of(role).resolve(resource));
    if (id.includes('*')) {
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${id}]`,
        reason: wildcards,
      });
    }
  }
}

/** A resource as cdk-nag names it in a finding: references in angle brackets. */
function readable(part: unknown): string {
  if (typeof part === 'string') return part;
  const reference = part as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (reference.Ref !== undefined) return `<${reference.Ref}>`;
  if (reference['Fn::GetAtt']) return `<${reference['Fn::GetAtt'].join('.')}>`;
  if (reference['Fn::Join']) return reference['Fn::Join'][1].map(readable).join(reference['Fn::Join'][0]);
  throw new TypeError(
    `a permission's resource is ${JSON.stringify(part)}; wanted a string of text and references`,
  );
}
