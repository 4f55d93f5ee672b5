import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type Common, ResponderFunction } from './responder-function.ts';

/**
 * Migrates the ledger's schema `responder`. A person invokes it after a deployment and sees what it did.
 * CloudFormation does not run it: a failed migration would roll back the stack, but not the ledger. Until it has run,
 * runs cannot be recorded, so they refuse to act and notify people: safe to forget, hard to overlook.
 */
export class Migrate extends Construct {
  readonly function: ResponderFunction;

  constructor(scope: Construct, id: string, common: Common) {
    super(scope, id);
    this.function = new ResponderFunction(this, 'Migrate', {
      ...common,
      name: 'migrate',
      description: 'Applies the missing migrations of the schema "responder"; safe to repeat',
      timeout: Duration.minutes(5),
      retries: 0,
    });
  }
}
