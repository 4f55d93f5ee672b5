import { Readable } from 'node:stream';
import { AwsError } from '../kernel/service.ts';
import type { Authorizer, Operation, Principal, ServiceDefinition } from '../kernel/service.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import type { Blow, Faults, WireFault } from '../kernel/faults.ts';
import { ANONYMOUS, callerOf } from './caller.ts';
import type { Scope } from './caller.ts';
import type { WireAnswer, WireError, WireRequest } from './message.ts';
import type { Input, Protocol, Target } from './protocol.ts';
import type { ServiceSchema } from './service-schema.ts';

export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly input: Readonly<Record<string, unknown>>;
  /** The error that the caller got, or an internal one. */
  readonly error?: Error;
  /** An injected fault hit the call. `before`: the service never saw it, so it changed nothing. */
  readonly struck?: WireFault['when'];
  /** Real milliseconds. */
  readonly ms: number;
}

/** The connection is to be cut instead of answered; `kill` names the process to end first. */
export interface Severed {
  readonly sever: true;
  readonly kill?: number;
}

export interface Exchange {
  readonly definition: ServiceDefinition;
  readonly schema: ServiceSchema;
  readonly protocol: Protocol;
  readonly request: WireRequest;
  /** The request as it was signed: before its body was unpacked. */
  readonly received: WireRequest;
  readonly scope: Scope;
  readonly requestId: string;
}

export interface ExchangeTools {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly iam: Authorizer;
  readonly faults: Faults;
  /** Whether a function in a VPC has a way to a service. */
  readonly network?: { noWay(principal: Principal, service: string): string | undefined };
  readonly onCall?: ((call: CallRecord) => void) | undefined;
}

/**
 * One call, in this order: parse, faults `before`, required members, permission, handle, faults `after`, answer.
 * A fault comes before the permission check because it simulates the network.
 */
export async function conduct(exchange: Exchange, tools: ExchangeTools): Promise<WireAnswer | Severed> {
  const { definition, protocol, request, requestId } = exchange;
  const started = performance.now();
  const call = {
    service: definition.signingName,
    operation: '',
    principal: ANONYMOUS,
    input: {} as Input,
  };
  let failure: Error | undefined;
  let struck: WireFault['when'] | undefined;
  try {
    call.operation = protocol.asked(request);
    call.principal = callerOf(exchange.received, exchange.scope, {
      credentials: tools.credentials,
      now: tools.clock.now(),
    });
    const noWay = tools.network?.noWay(call.principal, call.service);
    if (noWay !== undefined) {
      // The service never sees it, and the caller waits for an answer in vain.
      failure = new Error(`the network has no way for it: ${noWay}`);
      return { sever: true };
    }
    const { target, operation } = locate(exchange);
    call.operation = target.operation.name;
    call.input = await parse(exchange, target);

    const before = await tools.faults.strike(call, 'before', tools.clock.now());
    if (before) {
      struck = 'before';
      return applied(before, call.principal);
    }

    requireMembers(exchange, target, call.input);
    authorize(exchange, tools.iam, operation, call.principal, call.input);
    const context = { requestId, principal: call.principal, now: tools.clock.now() };
    const output = ((await operation.handle(call.input as never, context)) ?? {}) as Input;

    const after = await tools.faults.strike(call, 'after', tools.clock.now());
    if (after) {
      struck = 'after';
      discard(output);
      return applied(after, call.principal);
    }
    return protocol.write(target.operation, output, requestId);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    return protocol.fail(wireError(failure, exchange.schema, requestId));
  } finally {
    tools.onCall?.({
      ...call,
      ...(failure && { error: failure }),
      ...(struck && { struck }),
      ms: performance.now() - started,
    });
  }
}

function locate({ definition, protocol, request }: Exchange): { target: Target; operation: Operation } {
  const target = protocol.find(request);
  const operation = target && definition.operations[target.operation.name];
  if (target && operation) return { target, operation };
  const emulated = Object.keys(definition.operations).sort().join(', ');
  const service = definition.signingName;
  throw new AwsError(
    'UnknownOperationException',
    `${service}.${protocol.asked(request)} is not emulated. Emulated operations of ${service}: ${emulated}. ` +
      'To add one, see emulator/README.md.',
    501,
  );
}

async function parse({ protocol, request }: Exchange, target: Target): Promise<Input> {
  try {
    return await protocol.read(request, target);
  } catch (error) {
    if (error instanceof AwsError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError(
      'SerializationException',
      `the input of ${target.operation.name} cannot be read: ${why}`,
      400,
    );
  }
}

function applied(effect: Blow, principal: Principal): Severed {
  if (effect instanceof AwsError) throw effect;
  return effect === 'kill-worker' && principal.workerPid !== undefined
    ? { sever: true, kill: principal.workerPid }
    : { sever: true };
}

/** An unread body would keep its file open. */
function discard(output: Input): void {
  for (const value of Object.values(output)) if (value instanceof Readable) value.destroy();
}

function requireMembers({ protocol }: Exchange, target: Target, input: Input): void {
  const missing = target.operation.required.filter((member) => input[member] == null);
  if (missing.length === 0) return;
  throw new AwsError(
    protocol.invalid,
    `${target.operation.name} is missing its required ${missing.join(', ')}`,
    400,
  );
}

/** How services that do not pass on KMS's own denial say it. */
const KEY_DENIED: Readonly<Record<string, { code: string; status: number; say(why: string): string }>> = {
  sqs: { code: 'KmsAccessDenied', status: 400, say: (why) => why },
  secretsmanager: { code: 'AccessDeniedException', status: 400, say: () => 'Access to KMS is not allowed' },
  lambda: {
    code: 'InvalidParameterValueException',
    status: 400,
    say: (why) =>
      'Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. ' +
      `Please check your KMS key settings. KMS Exception: AccessDeniedException KMS Message: ${why}`,
  },
};

/** An operation with an empty list of resources decides itself who may use it, as AssumeRole does. */
function authorize(
  { protocol, definition }: Exchange,
  iam: Authorizer,
  operation: Operation,
  principal: Principal,
  input: Input,
): void {
  const { action: named } = operation;
  const asked = typeof named === 'string' ? named : named(input as never);
  const own = [operation.resource(input as never)].flat().map((resource) => ({ action: asked, resource }));
  for (const { action, resource } of [...own, ...(operation.also?.(input as never) ?? [])]) {
    const { allowed, reason, key } = iam.check(
      principal,
      action,
      resource,
      operation.conditions?.(input as never),
    );
    if (allowed) continue;
    const refused = key ?? { action, resource };
    const said = `User: ${principal.arn} is not authorized to perform: ${refused.action} on resource: ${refused.resource} because ${reason}`;
    const special = key && KEY_DENIED[definition.signingName];
    if (special) throw new AwsError(special.code, special.say(said), special.status);
    throw new AwsError(protocol.denied.code, said, protocol.denied.status);
  }
}

export function wireError(error: Error, schema: ServiceSchema | undefined, requestId: string): WireError {
  if (!(error instanceof AwsError)) {
    const message = `the emulator failed: ${error.message}`;
    return { code: 'InternalFailure', queryCode: 'InternalFailure', message, status: 500, requestId };
  }
  const known = schema?.errors.get(error.code);
  return {
    code: error.code,
    queryCode: known?.queryCode ?? error.code,
    message: error.message,
    status: error.status ?? known?.status ?? 400,
    requestId,
  };
}
