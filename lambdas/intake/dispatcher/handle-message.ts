import type { Alarm } from '../../domain/alarm.ts';
import type { Received } from '../alarm-events/received.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { Log } from '../../platform/log.ts';
import { runIdOfAlarm } from '../start/run-id.ts';
import type { Start } from '../start/start-run.ts';
import type { UnrecognisedReports } from './unrecognised.ts';
import type { WaitingRuns } from '../../waits/wake.ts';

export interface MessageHandling {
  readonly playbookOfAlarm: (name: string) => { readonly id: string } | undefined;
  readonly start: Start;
  readonly waiting: WaitingRuns;
  readonly unrecognised: UnrecognisedReports;
  readonly log: Log;
}

/** How one message was handled; also shown to a person who sent it by hand. */
export type Handled =
  | { readonly did: 'started' | 'already-started'; readonly run: string; readonly alarm: string }
  | { readonly did: 'told-waiting-runs'; readonly runs: readonly string[]; readonly alarm: string }
  | { readonly did: 'ignored'; readonly reason: string; readonly alarm?: string }
  | { readonly did: 'reported-unrecognised'; readonly reason: string; readonly digest: string };

type Message = Exclude<Received, { kind: 'manual' }>;

/** @throws when the message must come again; everything done so far may be repeated */
export async function handleMessage(message: Message, handling: MessageHandling): Promise<Handled> {
  switch (message.kind) {
    case 'alarm':
      return handleAlarm(message, handling);
    case 'ignored': {
      const { reason, origin } = message;
      handling.log.info('ignored', { reason, via: origin.via, source: origin.source });
      return { did: 'ignored', reason };
    }
    case 'unrecognised': {
      const digest = await handling.unrecognised.report(message);
      return { did: 'reported-unrecognised', reason: message.reason, digest };
    }
  }
}

async function handleAlarm(
  message: Message & { kind: 'alarm' },
  handling: MessageHandling,
): Promise<Handled> {
  const { alarm, body, origin } = message;
  const fields = { alarm: alarm.name, state: alarm.state, previous: alarm.previous, via: origin.via };
  const ignore = (reason: string): Handled => {
    handling.log.info('alarm ignored', { ...fields, reason });
    return { did: 'ignored', reason, alarm: alarm.name };
  };
  // The sweep checks again when the suppression has ended.
  if (alarm.suppressedBy) return ignore(`its actions are suppressed by ${alarm.suppressedBy}`);
  if (alarm.state === 'INSUFFICIENT_DATA')
    return ignore('INSUFFICIENT_DATA: not known is neither ill nor well');

  const playbook = handling.playbookOfAlarm(alarm.name);
  if (alarm.state === 'OK') {
    if (!playbook) return ignore('OK, and no playbook has this alarm');
    const runs = await handling.waiting.release(alarm);
    if (runs.length === 0) return ignore('OK, and no run waits for it');
    handling.log.info('OK told to the runs that wait for it', { ...fields, runs });
    return { did: 'told-waiting-runs', runs, alarm: alarm.name };
  }
  if (!playbook) {
    const reason = `no playbook has the alarm "${alarm.name}"`;
    const digest = await handling.unrecognised.report({ reason, body, origin });
    return { did: 'reported-unrecognised', reason, digest };
  }
  const request = requestOf(playbook.id, alarm);
  const did = await handling.start(request);
  handling.log.info(did === 'started' ? 'run started' : 'run was started before', {
    ...fields,
    run: request.run,
  });
  return { did, run: request.run, alarm: alarm.name };
}

/** ALARM→ALARM too: a composite's suppressor may have let go. The runner joins an open run. */
const requestOf = (playbook: string, alarm: Alarm): RunRequest => ({
  run: runIdOfAlarm(playbook, alarm),
  playbook,
  cause: { kind: 'alarm', alarm },
  mode: 'live',
});
