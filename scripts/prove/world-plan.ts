import { AwsError } from '../../emulator/kernel/service.ts';
import type { FaultEffect, WireFault } from '../../emulator/kernel/faults.ts';
import { asPerson, askedIn } from '../../sandbox/as-person.ts';
import { faults } from '../../sandbox/faults/all.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { PersonName } from '../../sandbox/people.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { snsRecord } from '../../test/fixtures/envelopes/envelopes.ts';
import { Dice } from './dice.ts';

/** One thing that happens in a world. */
export interface Happening {
  /** Seconds after the world has begun. Odd ones: alarms and schedules come at whole minutes. */
  readonly at: number;
  readonly what: string;
  /** What it is counted as: a plan that never comes to it shows nothing about it. */
  readonly kind: string;
  /** @returns false when there was nothing to do it to */
  readonly happen: (sandbox: Sandbox, seen: Seen) => Promise<boolean | void> | boolean | void;
}

/** What a world has shown so far. */
export interface Seen {
  /** Notifications of alarms, as their topic got them. */
  readonly alarms: readonly string[];
  /** Requests for approval that nobody has answered. */
  readonly asked: string[];
}

/** Every repair of them has a run, in a world whose clock and limits are those of any day. */
const MIXABLE: readonly Fault[] = faults.filter(
  ({ name, kind, runs, now, limits }) =>
    ['fault', 'compound', 'poisoned'].includes(kind) &&
    runs.length > 0 &&
    !now &&
    !limits &&
    // The clock goes on while it is planted: others would act before everything is.
    !/webhook|missed/.test(name),
);

/** Calls of the responder that may fail, be lost, or be its last. */
const CALLS = [
  ['lambda', 'CheckpointDurableExecution'],
  ['lambda', 'Invoke'],
  ['sns', 'Publish'],
  ['s3', 'PutObject'],
  ['sts', 'AssumeRole'],
  ['glue', 'StartJobRun'],
  ['athena', 'StartQueryExecution'],
  ['athena', 'GetQueryExecution'],
  ['monitoring', 'DescribeAlarms'],
  ['sqs', 'StartMessageMoveTask'],
  ['secretsmanager', 'GetSecretValue'],
] as const;

const ERRORS = [
  ['ThrottlingException', 400],
  ['InternalServerError', 500],
  ['ServiceUnavailable', 503],
  ['AccessDeniedException', 403],
  ['InvalidParameterValueException', 400],
] as const;

const EFFECTS = ['kill-worker', 'drop-connection', 'error'] as const;
/** Faults of the world and of the ground end by then. */
const LAST_SECOND = 50 * 60;
const ACTIVE: readonly PersonName[] = ['sre-one', 'sre-two', 'finops-one'];

/** A whole world from one number. */
export function planOf(seed: number): {
  readonly faults: readonly Fault[];
  readonly happenings: Happening[];
} {
  const dice = new Dice(seed);
  const chosen = mixed(dice);
  const happenings = [
    ...chosen.map((fault, i): Happening => ({
      at: 7 + i,
      what: `breaks: ${fault.name}`,
      kind: 'breaks',
      happen: (sandbox) => fault.inject(sandbox),
    })),
    ...times(dice, 1, 4, () => blow(dice)),
    ...times(dice, 0, 2, () => ledgerAway(dice)),
    ...times(dice, 1, 3, () => again(dice)),
    ...times(dice, 0, 2, () => noise(dice)),
    ...(dice.chance(0.5) ? people(dice, chosen) : []),
    ...(dice.chance(0.2) ? switchedOff(dice) : []),
  ];
  return { faults: chosen, happenings: happenings.sort((a, b) => a.at - b.at) };
}

/** Two to four, of different playbooks: two of one kind are not there to be told apart. */
function mixed(dice: Dice): Fault[] {
  const ids = [...new Set(MIXABLE.map(({ runs }) => runs[0]?.playbook ?? ''))];
  return dice
    .some(ids, dice.whole(2, 4))
    .map((id) => dice.of(MIXABLE.filter(({ runs }) => runs[0]?.playbook === id)));
}

const times = (dice: Dice, least: number, most: number, one: () => Happening): Happening[] =>
  Array.from({ length: dice.whole(least, most) }, one);

const moment = (dice: Dice, last = LAST_SECOND): number =>
  dice.whole(0, last / 60 - 1) * 60 + dice.whole(3, 57);

/** For some minutes every such call is hit, whoever makes it first: which one that is must not matter. */
function blow(dice: Dice): Happening {
  const [service, operation] = dice.of(CALLS);
  const when = dice.of(['before', 'after'] as const);
  const how = dice.of(EFFECTS);
  const [code, status] = dice.of(ERRORS);
  const minutes = dice.whole(1, 4);
  const nth = dice.whole(1, 12);
  const effect: FaultEffect = how === 'error' ? new AwsError(code, 'as the seed wants it', status) : how;
  const perExecution = operation === 'CheckpointDurableExecution';
  const happen = ({ faults: wire, clock }: Sandbox): void => {
    const seen = new Map<string, number>();
    const until = new Date(clock.now().getTime() + (perExecution ? 30 : minutes) * 60_000);
    // Of an execution's checkpoints one alone: when it is made does not depend on other executions.
    const match: WireFault['match'] = ({ DurableExecutionArn }) => {
      const arn = String(DurableExecutionArn);
      seen.set(arn, (seen.get(arn) ?? 0) + 1);
      return seen.get(arn) === nth;
    };
    wire.add({ service, operation, when, effect, until, times: Infinity, ...(perExecution && { match }) });
  };
  const which = perExecution ? `the ${nth}. of each execution` : `for ${minutes} min`;
  return {
    at: moment(dice),
    what: `${how === 'error' ? code : how} ${when} ${operation}, ${which}`,
    kind: `${how} ${when}`,
    happen,
  };
}

function ledgerAway(dice: Dice): Happening {
  const minutes = dice.whole(1, 8);
  return {
    at: moment(dice),
    what: `the ledger is away for ${minutes} min`,
    kind: 'ledger away',
    happen({ ledger, clock }) {
      ledger.cut();
      clock.at('prove.ledger-back', new Date(clock.now().getTime() + minutes * 60_000), () =>
        ledger.restore(),
      );
    },
  };
}

/** SNS delivers at least once, and in no order. */
function again(dice: Dice): Happening {
  const back = dice.whole(1, 4);
  const copies = dice.whole(1, 3);
  return {
    at: moment(dice),
    what: `the ${back}. last alarm is delivered ${copies} more times`,
    kind: 'delivered again',
    async happen({ services: { lambda } }, { alarms }) {
      const message = alarms.at(-back);
      if (message === undefined) return false;
      for (let i = 0; i < copies; i++)
        await lambda.invoke({ function: DISPATCHER, type: 'Event', payload: enveloped(message) });
      return true;
    },
  };
}

const DISPATCHER = 'responder-dispatcher';
const GARBAGE: readonly unknown[] = [
  {},
  [],
  'nothing',
  { Records: [] },
  { Records: [{ Sns: { Message: '{' } }] },
  { Records: [{ Sns: { Message: '{"AlarmName":"<script>alert(1)</script>","NewStateValue":"ALARM"}' } }] },
  { source: 'aws.cloudwatch', detail: { alarmName: 'x'.repeat(2_000) } },
];

function noise(dice: Dice): Happening {
  const payload = dice.of(GARBAGE);
  return {
    at: moment(dice),
    what: `garbage arrives: ${JSON.stringify(payload).slice(0, 40)}`,
    kind: 'garbage',
    async happen({ services: { lambda } }) {
      await lambda.invoke({ function: DISPATCHER, type: 'Event', payload });
    },
  };
}

const enveloped = (message: string): unknown => ({ Records: [snsRecord(message)] });

/** A playbook acts only with people's approval, and they answer, or some of them do. */
function people(dice: Dice, chosen: readonly Fault[]): Happening[] {
  const playbook = chosen[0]?.runs[0]?.playbook ?? playbooks[0]?.id ?? '';
  const answers = Array.from({ length: dice.whole(0, 4) }, (): Happening => {
    const who = dice.of(ACTIVE);
    const yes = dice.chance(0.7);
    return {
      at: moment(dice, LAST_SECOND + 10 * 60),
      what: `${who} ${yes ? 'approves' : 'refuses'} what is asked`,
      kind: yes ? 'approves' : 'refuses',
      async happen(sandbox, { asked }) {
        const text = asked[0];
        if (text === undefined) return false;
        const { approve, refuse } = askedIn(text);
        await asPerson(sandbox, who, yes ? approve : [...refuse, '--reason', 'the seed wants it']);
        return true;
      },
    };
  });
  return [
    {
      at: 3,
      what: `people want to be asked about ${playbook}`,
      kind: 'asks people',
      happen: (sandbox) => said(sandbox, 'sre-one', 'trust', playbook, 'approve', '--reason', 'looks first'),
    },
    ...answers,
  ];
}

function switchedOff(dice: Dice): Happening[] {
  const at = moment(dice, 30 * 60);
  const minutes = dice.whole(2, 15);
  const turn = (off: boolean, after: number): Happening => ({
    at: at + after * 60,
    what: off ? 'sre-one switches everything off' : 'sre-one switches it on',
    kind: off ? 'switched off' : 'switched on',
    happen: (sandbox) => said(sandbox, 'sre-one', off ? 'off' : 'on', '--reason', 'the seed wants it'),
  });
  return [turn(true, 0), turn(false, minutes)];
}

/** What the person is answered does not matter: some things are not to be had. */
const said = async (sandbox: Sandbox, who: PersonName, ...typed: string[]): Promise<void> =>
  void (await asPerson(sandbox, who, typed));
