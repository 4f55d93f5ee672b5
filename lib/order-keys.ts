import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import { ORDER_KEYS, type OrderKeyName } from '../lambdas/platform/order.ts';
import type { Deployment } from './config.ts';
import { namesOf } from './names.ts';
import { removalPolicyOf } from './removal-policy.ts';

/**
 * The keys that sign what our functions order of each other, one for each door. A door reads its own, an executor those
 * of the doors that may order of it.
 */
export class OrderKeySecrets extends Construct {
  private readonly keys: Readonly<Record<OrderKeyName, Secret>>;

  constructor(scope: Construct, id: string, { prefix, keepData }: Deployment) {
    super(scope, id);
    const made = ORDER_KEYS.map((of) => {
      const key = new Secret(this, `Key-${of}`, {
        secretName: `${namesOf(prefix).orderKey}/${of}`,
        description: `Commercial-Ops responder: signs the orders between its functions: ${of}`,
        generateSecretString: { passwordLength: 64 },
        removalPolicy: removalPolicyOf({ keepData }),
      });
      Validations.of(key).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason:
          'A person replaces it by "<new key> <key before>", read within five minutes. A schedule would drop the key before, ' +
          'and with it every order on its way.',
      });
      return [of, key] as const;
    });
    this.keys = Object.fromEntries(made) as Record<OrderKeyName, Secret>;
  }

  /** Lets a function sign orders of these doors, or check them. */
  reading(...of: readonly OrderKeyName[]): IamStatement {
    return {
      actions: ['secretsmanager:GetSecretValue'],
      resources: of.map((one) => this.keys[one].secretArn),
    };
  }
}

/** Permissions to start durable executions, and to see whose one is that has the name already. */
export const starting = (...aliases: readonly string[]): IamStatement[] => {
  const functions = aliases.map((arn) => arn.slice(0, arn.lastIndexOf(':')));
  return [
    { actions: ['lambda:InvokeFunction'], resources: aliases },
    { actions: ['lambda:ListDurableExecutionsByFunction'], resources: functions },
    { actions: ['lambda:GetDurableExecution'], resources: functions.map((arn) => `${arn}:*`) },
  ];
};
