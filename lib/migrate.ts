import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type Common, ResponderFunction } from './responder-function.ts';

/**
 * Brings the ledger's schema `responder` up to date. A person invokes it after a deployment, and sees what it did.
 * Not run by CloudFormation: a failed migration would roll the stack back beside a ledger that can't be, and the
 * custom resource would bring a function of its own into the account. Until it has run, runs cannot be recorded,
 * so they refuse to act and call people: safe to forget, hard to overlook.
 */
export class Migrate extends Construct {
  readonly function: ResponderFunction;

  constructor(scope: Construct, id: string, common: Common) {
    super(scope, id);
    this.function = new ResponderFunction(this, 'Migrate', {
      ...common,
      name: 'migrate',
      description: 'Applies the migrations of the schema "responder" that the ledger lacks; safe to repeat',
      timeout: Duration.minutes(5),
      retries: 0,
    });
  }
}
