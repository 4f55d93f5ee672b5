import type { Observed } from '../../emulator/observer.ts';
import { changeBy } from '../../sandbox/observed-actions.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { CallRecord } from '../../emulator/wire/exchange.ts';
import { transition, type Transition } from '../fixtures/envelopes/transitions.ts';

/** A change that left the responder for Commercial-Ops. */
export interface Sent {
  readonly at: Date;
  readonly wall: number;
  /** The run in whose name the acting role was assumed. */
  readonly run: string;
  readonly name: string;
  /** The month that it is about, where it names one. */
  readonly period?: string;
  /** The run's action by its number, where the call names it. */
  readonly action?: string;
}

/** People are told that it is repaired. */
export interface ToldResolved {
  readonly at: Date;
  readonly run: string;
  readonly alarms: Readonly<Record<string, string>>;
  readonly sick: Promise<readonly string[]>;
}

const ACTOR = 'responder-actor-us-east-1';

/** The wire as anybody between the responder and AWS sees it. */
export class WireWatch {
  readonly sent: Sent[] = [];
  /** Each time the acting role was assumed: from then on a sending is being prepared. */
  readonly assumed: { readonly run: string; readonly at: Date; readonly wall: number }[] = [];
  readonly transitions: Transition[] = [];
  readonly told: ToldResolved[] = [];
  /** Where the sandbox's clock stood, whenever something was seen. */
  readonly moments: { readonly wall: number; readonly now: Date }[] = [];
  private readonly sandbox: Sandbox;
  private readonly alarms: readonly string[];
  private readonly sick: (at: Date) => Promise<readonly string[]>;

  constructor(sandbox: Sandbox, alarms: readonly string[], sick: (at: Date) => Promise<readonly string[]>) {
    this.sandbox = sandbox;
    this.alarms = alarms;
    this.sick = sick;
  }

  readonly observe = (observed: Observed): void => {
    this.tick();
    if (observed.kind === 'alarm') this.transition(observed.message);
    if (observed.kind === 'call') this.call(observed.at, observed.call);
  };

  tick(): void {
    this.moments.push({ wall: Date.now(), now: this.sandbox.clock.now() });
  }

  /** Sandbox time of a real moment: the clock jumps only while nothing is being done. */
  timeOf(wall: number): Date {
    return this.moments.find((seen) => seen.wall >= wall)?.now ?? this.sandbox.clock.now();
  }

  forget(): void {
    for (const list of [this.sent, this.assumed, this.transitions, this.told, this.moments]) list.length = 0;
    this.tick();
  }

  private transition(message: string): void {
    const said = JSON.parse(message) as Record<string, string>;
    const { AlarmName = '', NewStateValue, OldStateValue, StateChangeTime = '' } = said;
    if (!this.alarms.includes(AlarmName)) return;
    this.transitions.push(
      transition({
        name: AlarmName,
        state: NewStateValue as Transition['state'],
        previous: OldStateValue as NonNullable<Transition['previous']>,
        changedAt: new Date(StateChangeTime.replace('+0000', 'Z')).toISOString(),
        reason: said['NewStateReason'] ?? '',
      }),
    );
  }

  private call(at: Date, call: CallRecord): void {
    const { operation, principal, input, error, struck } = call;
    const wall = Date.now();
    if (error && struck === undefined) return;
    if (operation === 'AssumeRole' && struck === undefined)
      this.assumed.push({ run: String(input['RoleSessionName']), at, wall });
    if (operation === 'Publish' && attributeOf(input, 'event') === 'resolved') this.resolved(at, call);
    const name = changeBy(call, this.sandbox.services.estate);
    if (name === undefined) return;
    const payload = payloadOf(input['Payload']);
    const period = payload['period'];
    const action = payload['run_id'];
    this.sent.push({
      at,
      wall,
      name,
      run: principal.roleName === ACTOR ? (principal.arn.split('/').at(-1) ?? '') : principal.arn,
      ...(typeof period === 'string' && { period }),
      ...(typeof action === 'string' && { action }),
    });
  }

  private resolved(at: Date, { input }: CallRecord): void {
    const { alarms } = this.sandbox.services.cloudwatch;
    const run = attributeOf(input, 'run');
    this.told.push({
      at,
      run,
      alarms: Object.fromEntries(this.alarms.map((name) => [name, alarms.get(name)?.state.value ?? 'gone'])),
      // The clock stands still meanwhile.
      sick: this.sandbox.clock.busy('the model looks', () => this.sick(at)),
    });
  }
}

/** One of a message's attributes, by which programs tell messages apart. */
const attributeOf = (input: CallRecord['input'], name: string): string =>
  (input['MessageAttributes'] as Record<string, { StringValue?: string }> | undefined)?.[name]?.StringValue ??
  '';

function payloadOf(payload: unknown): Readonly<Record<string, unknown>> {
  if (!(payload instanceof Uint8Array)) return {};
  try {
    return JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
