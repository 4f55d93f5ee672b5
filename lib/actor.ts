import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/platform/settings.ts';
import { NAMES } from './names.ts';
import { permit } from './permit.ts';
import type { Product } from './product.ts';
import type { Runner } from './runner.ts';

export interface ActorProps {
  readonly runner: Runner;
  readonly product: Product;
  readonly settings: Settings;
}

/**
 * The role that changes things. The runner assumes it for an accepted plan, limited to that plan by a session policy.
 * The role of dry runs may not assume it, so a dry run cannot write.
 */
export class Actor extends Construct {
  constructor(scope: Construct, id: string, { runner, product, settings }: ActorProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: NAMES.actorRole,
      description: 'Carries out the actions of a plan; only the runner may assume it',
      assumedBy: new ArnPrincipal(runner.function.role.roleArn),
      // Each action assumes it again: the shortest duration that IAM accepts is enough.
      maxSessionDuration: Duration.hours(1),
    });
    permit('act', {
      role,
      statements: product.act(settings),
      wildcards: 'Declared by actions, each beside its code, and narrowed to the plan by a session policy.',
    });
  }
}
