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
 * The role that changes things: assumed by the runner for an accepted plan, narrowed to that plan by a session
 * policy. A dry run has a role that may not assume it, and so cannot write.
 */
export class Actor extends Construct {
  constructor(scope: Construct, id: string, { runner, product, settings }: ActorProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: NAMES.actorRole,
      description: 'What the actions of a plan are done with; the runner alone may assume it',
      assumedBy: new ArnPrincipal(runner.function.role.roleArn),
      // Each action assumes it anew: the shortest that IAM takes is long enough.
      maxSessionDuration: Duration.hours(1),
    });
    permit('act', {
      role,
      statements: product.act(settings),
      wildcards: 'Declared by actions, each beside its code, and narrowed to the plan by a session policy.',
    });
  }
}
