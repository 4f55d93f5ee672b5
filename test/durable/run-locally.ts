import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { environmentOf, keysOf } from '../support/as-role.ts';
import type { FromRunner, ToRunner } from './local-runner.ts';

const RUNNER = join(import.meta.dirname, 'local-runner.ts');
const SHIFTED_DATE = join(import.meta.dirname, 'shifted-date.ts');
/** Function and role. */
const RUNNER_NAME = 'responder-runner';
/** Of real time, against what hangs: it takes five seconds on an idle machine. */
const LIMIT_MS = 200_000;
/** Longer than anything that the run waits for. */
const LIMIT_MINUTES = 60;

/**
 * Runs `request` by the real handler on AWS's durable testing library, in real time, on the world of `sandbox`. Its
 * waits are real, so the world's are jumped over: Glue ends as soon as it is asked for, and the alarm goes OK as soon
 * as the run waits for it, whereupon the test plays the dispatcher.
 */
export async function runLocally(sandbox: Sandbox, request: unknown): Promise<FromRunner> {
  const child = fork(RUNNER, {
    // Nothing of the user's own but the search path.
    env: {
      PATH: process.env['PATH'],
      HOME: tmpdir(),
      // The library waits in real time, so its process's time runs, from where the sandbox's stands.
      SANDBOX_AHEAD_MS: String(sandbox.clock.now().getTime() - Date.now()),
      ...environmentOf(sandbox, RUNNER_NAME),
      ...(await keysOf(sandbox, RUNNER_NAME)),
    },
    execArgv: ['--import', SHIFTED_DATE],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
  const send = (message: ToRunner): unknown => child.send(message);
  const unwatch = playTheWorld(sandbox, () => send({ alarmIsOk: true }));
  try {
    return await new Promise<FromRunner>((resolve, reject) => {
      let told: FromRunner | undefined;
      setTimeout(() => {
        reject(new Error(`the local runner is not done after ${LIMIT_MS} ms; it said:\n${output}`));
      }, LIMIT_MS).unref();
      child.once('message', (message) => (told = message as FromRunner));
      child.once('exit', (code, signal) =>
        told && code === 0
          ? resolve(told)
          : reject(new Error(`the local runner ended with ${code ?? signal ?? '?'}:\n${output}`)),
      );
      send({ request });
    });
  } finally {
    unwatch();
    child.kill('SIGKILL');
  }
}

function playTheWorld(sandbox: Sandbox, alarmIsOk: () => void): () => void {
  const { clock, services } = sandbox;
  const limit = (): Date => new Date(clock.now().getTime() + LIMIT_MINUTES * 60_000);
  const runs = () => services.glue.runs.of(services.estate.ingestion.job);
  const alarm = () =>
    services.cloudwatch.alarms.all().find(({ settings }) => settings.name === 'cur-freshness');
  let waits = false;
  return sandbox.watch((observed) => {
    if (observed.kind !== 'call') return;
    const { service, operation, input } = observed.call;
    if (operation === 'GetJobRun') {
      void clock.advanceUntil(() => runs().every(({ state }) => state !== 'RUNNING'), limit());
    }
    if (service === 's3' && operation === 'PutObject' && String(input['Key']).startsWith('waiting/'))
      waits = true;
    // Only now: while the run gives its callback away it looks once whether the alarm is OK already.
    if (waits && operation === 'DescribeAlarms') {
      waits = false;
      void clock.advanceUntil(() => alarm()?.state.value === 'OK', limit()).then(alarmIsOk);
    }
  });
}
