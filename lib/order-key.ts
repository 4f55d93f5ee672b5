import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { Deployment } from './config.ts';
import { namesOf } from './names.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** The key that signs what our functions order of each other. Only those that order or execute may read it. */
export class OrderKey extends Construct {
  private readonly key: Secret;

  constructor(scope: Construct, id: string, { prefix, keepData }: Deployment) {
    super(scope, id);
    this.key = new Secret(this, 'Key', {
      secretName: namesOf(prefix).orderKey,
      description: 'Commercial-Ops responder: signs the orders between its functions',
      generateSecretString: { passwordLength: 64 },
      removalPolicy: removalPolicyOf({ keepData }),
    });
    Validations.of(this.key).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A person replaces it by "<new key> <key before>", read within five minutes. A schedule would drop the key before, ' +
        'and with it every order on its way.',
    });
  }

  /** Lets a function sign orders, or check them. */
  reading(): IamStatement {
    return { actions: ['secretsmanager:GetSecretValue'], resources: [this.key.secretArn] };
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
