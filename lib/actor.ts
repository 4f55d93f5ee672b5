import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, type PrincipalBase, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ACTION_TAG } from '../lambdas/platform/clients.ts';
import type { Settings } from '../lambdas/platform/settings.ts';
import { inRegion, namesOf } from './names.ts';
import { permit } from './permit.ts';
import type { Product } from './product.ts';
import type { Runner } from './runner.ts';

export interface ActorProps {
  readonly runner: Runner;
  readonly product: Product;
  readonly settings: Settings;
}

/**
 * The role that changes things. The runner assumes it for one action of an accepted plan: a session must be tagged with
 * the action, and is allowed what that action declares, which IAM enforces against any code of the runner. The role of dry runs may not assume it, so a dry run cannot write.
 */
export class Actor extends Construct {
  constructor(scope: Construct, id: string, { runner, product, settings }: ActorProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: inRegion(namesOf(settings.prefix).actorRole, settings),
      description: 'Carries out the actions of a plan; only the runner may assume it',
      assumedBy: forOneAction(new ArnPrincipal(runner.function.role.roleArn), product.actions),
      // Each action assumes it again: the shortest duration that IAM accepts is enough.
      maxSessionDuration: Duration.hours(1),
    });
    permit('act', {
      role,
      statements: product.act(settings),
      wildcards:
        'Declared by actions, each beside its code, and held by a session tag to the sessions of its own.',
    });
  }
}

/** No session without the tag, and none with another than a declared action's name. */
const forOneAction = (runner: PrincipalBase, actions: readonly string[]): PrincipalBase =>
  runner.withConditions({ StringEquals: { [`aws:RequestTag/${ACTION_TAG}`]: actions } }).withSessionTags();
