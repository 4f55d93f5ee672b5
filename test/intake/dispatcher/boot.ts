import { testKeys } from '../../support/order-keys.ts';
import { createDispatcher, type Dispatcher } from '../../../lambdas/intake/dispatcher/dispatch.ts';
import { answerInvoked } from '../../../lambdas/commands/invoked.ts';
import type { ReadBack } from '../../../lambdas/intake/dispatcher/read-back.ts';
import { createStart } from '../../../lambdas/intake/start/start-run.ts';
import { createUnrecognised } from '../../../lambdas/intake/dispatcher/unrecognised.ts';
import { createWaitingRuns } from '../../../lambdas/waits/wake.ts';
import { type RunRequest, SignedRun } from '../../../lambdas/domain/run-request.ts';
import type { RecordReader } from '../../../lambdas/record/read.ts';
import { exampleSettings } from '../../support/settings.ts';
import type { Log } from '../../../lambdas/platform/log.ts';
import type { Notification } from '../../../lambdas/notifications/notify.ts';
import { booted } from '../../../emulator/test/support/booted.ts';
import { FakeAws } from './fake-aws.ts';

export const RUNNER = 'arn:aws:lambda:us-east-1:012345678901:function:responder-runner:live';
export const REHEARSER = 'arn:aws:lambda:us-east-1:012345678901:function:responder-rehearser:live';
export const NOW = new Date('2025-09-14T06:06:00.000Z');
const ordered = (payload: string): RunRequest => {
  const { proof: _proof, ...request } = SignedRun.parse(JSON.parse(payload));
  return request;
};
export const CONTEXT = {
  awsRequestId: '8f0c7b52-0000-4000-8000-000000000001',
  functionName: 'responder-dispatcher',
};

type LogLine = { level: string; message: string } & Record<string, unknown>;

/** The dispatcher with all of its real parts, between a faked AWS and a record of the test's making. */
export interface DispatcherWorld {
  readonly aws: FakeAws;
  readonly dispatch: Dispatcher;
  readonly told: (Notification & { topicArn: string })[];
  readonly log: LogLine[];
  record: Partial<Pick<RecordReader, 'status' | 'requestOf'>>;
  notifyFault: Error | undefined;
  /** By default CloudWatch confirms all that is claimed. */
  readBack: ReadBack;
  runs(): RunRequest[];
}

export function makeDispatcher(): DispatcherWorld {
  const aws = new FakeAws();
  const log: LogLine[] = [];
  const logger = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (message: string, fields = {}) => log.push({ ...fields, level, message }),
    ]),
  ) as unknown as Log;
  const byAlarm = new Map(['cur-freshness', 'budget-stale'].map((id) => [id, { id }]));
  const functions = { runner: RUNNER, rehearser: REHEARSER };
  const start = createStart(aws.clients, functions, { door: 'alarms', keys: testKeys });
  const startByHand = createStart(aws.clients, functions, { door: 'manual', keys: testKeys });
  const world: DispatcherWorld = {
    aws,
    told: [],
    log,
    record: {},
    notifyFault: undefined,
    readBack: async (claims) => claims.map((alarm) => ({ confirms: 'yes', alarm })),
    runs: () => [...aws.executions.values()].map((payload) => ordered(payload)),
    dispatch: createDispatcher({
      instance: exampleSettings(),
      playbookOfAlarm: (name) => byAlarm.get(name),
      start,
      now: () => NOW,
      readBack: (claims) => world.readBack(claims),
      waiting: createWaitingRuns(aws.clients, 'responder-record', logger),
      unrecognised: createUnrecognised({
        clients: aws.clients,
        notify: async (topicArn, message) => {
          if (world.notifyFault) throw world.notifyFault;
          world.told.push({ topicArn, ...message });
        },
        bucket: 'responder-record',
        topicArn: 'arn:aws:sns:us-east-1:012345678901:responder-sre',
        now: () => NOW,
        log: logger,
      }),
      answerPerson: (payload, context) =>
        answerInvoked(payload, context, {
          settings: exampleSettings(),
          start: startByHand,
          record: { status: async () => undefined, requestOf: async () => undefined, ...world.record },
          now: () => NOW,
          log: logger,
        }),
      log: logger,
    }),
  };
  return world;
}

/** One for each test. */
export const bootDispatcher = (): DispatcherWorld => booted(makeDispatcher, { each: true });
