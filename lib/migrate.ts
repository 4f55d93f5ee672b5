import { CfnCustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Common, ResponderFunction } from './responder-function.ts';

/** Indexes of a large record take their time; a call that is broken off goes on at the next. */
const TIMEOUT = Duration.minutes(15);

/**
 * Migrates the ledger's schema `responder`, in each deployment that changes code or settings, before any other function
 * has them: new code finds its tables. A migration that fails ends the deployment while every other function is unchanged.
 * Migrations leave what the version before needs, as runs under way stay on it.
 */
export class Migrate extends Construct {
  readonly function: ResponderFunction;
  readonly done: CfnCustomResource;

  constructor(scope: Construct, id: string, common: Common) {
    super(scope, id);
    this.function = new ResponderFunction(this, 'Migrate', {
      ...common,
      name: 'migrate',
      description: 'Applies the missing migrations of the schema "responder"; safe to repeat',
      timeout: TIMEOUT,
      retries: 0,
    });
    const { lambda } = this.function;
    const { code, environment } = lambda.node.defaultChild as CfnFunction;
    this.done = new CfnCustomResource(this, 'Done', {
      serviceToken: lambda.functionArn,
      serviceTimeout: TIMEOUT.plus(Duration.minutes(1)).toSeconds(),
    });
    // What was changed since: CloudFormation asks for nothing else again.
    this.done.addPropertyOverride('Code', code);
    this.done.addPropertyOverride('Environment', environment);
    // A schema is not taken back, so that no answer of a function is waited for when the stack is.
    this.done.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.done.node.addDependency(this.function);
  }
}
