import { alarmOf, type Instance } from '../../domain/instance.ts';
import type { Received } from '../alarm-events/received.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { Log } from '../../platform/log.ts';
import { runIdOfAlarm, runIdOfUnproven } from '../start/run-id.ts';
import type { Start } from '../start/start-run.ts';
import { quoted } from '../../domain/foreign-text.ts';
import type { Reading } from './read-back.ts';
import type { Unrecognised } from './unrecognised.ts';
import type { WaitingRuns } from '../../waits/wake.ts';

export interface MessageHandling {
  /** Of this instance's names. */
  readonly instance: Instance;
  /** By the name that a playbook declares. */
  readonly playbookOfAlarm: (name: string) => { readonly id: string } | undefined;
  readonly start: Start;
  readonly waiting: WaitingRuns;
  readonly now: () => Date;
  /** People hear of it with all others of the event. @returns its digest */
  readonly report: (message: Unrecognised) => string;
  readonly log: Log;
}

/** How one message was handled; also shown to a person who sent it by hand. */
export type Handled =
  | { readonly did: 'started' | 'already-started'; readonly run: string; readonly alarm: string }
  | { readonly did: 'told-waiting-runs'; readonly runs: readonly string[]; readonly alarm: string }
  | { readonly did: 'ignored'; readonly reason: string; readonly alarm?: string }
  /** CloudWatch does not confirm it; `run`: what looks into it all the same. */
  | {
      readonly did: 'unproven';
      readonly alarm: string;
      readonly reason: string;
      readonly run?: string;
    }
  | { readonly did: 'reported-unrecognised'; readonly reason: string; readonly digest: string };

type Message = Exclude<Received, { kind: 'manual' }>;

/** Whether an alarm may start or end anything: CloudWatch is asked about these, and no others. */
export const matters = ({
  alarm: { state, suppressedBy },
  contributor,
}: Pick<Message & { kind: 'alarm' }, 'alarm' | 'contributor'>): boolean =>
  !suppressedBy && (state === 'ALARM' || (state === 'OK' && contributor === undefined));

/** @throws when the message must come again; everything done so far may be repeated */
export async function handleMessage(
  message: Message,
  reading: Reading | undefined,
  handling: MessageHandling,
): Promise<Handled> {
  switch (message.kind) {
    case 'alarm':
      return handleAlarm(message, reading, handling);
    case 'ignored': {
      const { reason, origin } = message;
      handling.log.info('ignored', { reason, via: origin.via, source: origin.source });
      return { did: 'ignored', reason };
    }
    case 'unrecognised': {
      const digest = handling.report({ ...message, about: 'unreadable' });
      return { did: 'reported-unrecognised', reason: message.reason, digest };
    }
  }
}

async function handleAlarm(
  message: Message & { kind: 'alarm' },
  reading: Reading | undefined,
  handling: MessageHandling,
): Promise<Handled> {
  const { alarm: claimed, contributor, body, origin } = message;
  const { name, state, previous } = claimed;
  const fields = { alarm: name, state, previous, via: origin.via };
  const ignore = (reason: string): Handled => {
    handling.log.info('alarm ignored', { ...fields, reason });
    return { did: 'ignored', reason, alarm: name };
  };
  // The sweep checks again when the suppression has ended.
  if (claimed.suppressedBy) return ignore(`its actions are suppressed by ${claimed.suppressedBy}`);
  if (contributor !== undefined && state === 'OK')
    return ignore(`its contributor ${quoted(contributor)} is OK, which says nothing of the alarm as a whole`);
  if (state === 'INSUFFICIENT_DATA') return ignore('INSUFFICIENT_DATA says neither healthy nor unhealthy');
  if (!reading) throw new TypeError(`CloudWatch was not asked about alarm ${name}`);

  const declared = alarmOf(handling.instance, name) ?? '';
  const playbook = handling.playbookOfAlarm(declared);
  if (state === 'OK' && !playbook) return ignore('OK, and no playbook has this alarm');
  if (contributor !== undefined && reading.confirms === 'no') return ignore(reading.why);
  if (reading.confirms !== 'yes') return handleUnproven(message, playbook, reading, handling);

  // From here on its name is the one that playbooks declare: the record's, and that of waiting runs.
  const alarm = { ...reading.alarm, name: declared };
  if (state === 'OK') {
    const runs = await handling.waiting.release(alarm);
    if (runs.length === 0) return ignore('OK, and no run waits for it');
    handling.log.info('the runs that wait for this OK are woken', { ...fields, runs });
    return { did: 'told-waiting-runs', runs, alarm: name };
  }
  if (!playbook) {
    const reason = `no playbook has the alarm "${name}"`;
    // People are notified once an hour of an alarm that comes and goes.
    const once = `${name} since ${contributor === undefined ? alarm.changedAt.slice(0, 13) : alarm.changedAt}`;
    const digest = handling.report({ reason, body, origin, about: 'no-playbook', once });
    return { did: 'reported-unrecognised', reason, digest };
  }
  const request: RunRequest = {
    // ALARM→ALARM too: a composite's suppressor may have let go. The runner joins an open run.
    run: runIdOfAlarm(playbook.id, alarm),
    playbook: playbook.id,
    cause: { kind: 'alarm', alarm },
    mode: 'live',
  };
  const did = await handling.start(request);
  const what = did === 'started' ? 'run started' : 'run was started before';
  handling.log.info(what, { ...fields, run: request.run });
  return { did, run: request.run, alarm: name };
}

/**
 * What CloudWatch does not confirm is somebody's word: people are notified, and a claimed OK wakes no run. A claimed
 * ALARM is still looked into, by one dry run an hour: a false denial must not be silence. Once CloudWatch answers,
 * the sweep starts the run of an alarm that stands. An alarm of elsewhere is looked into where it is configured to
 * count.
 */
async function handleUnproven(
  { alarm, body, origin }: Message & { kind: 'alarm' },
  playbook: { readonly id: string } | undefined,
  reading: Exclude<Reading, { confirms: 'yes' }>,
  handling: MessageHandling,
): Promise<Handled> {
  const { name, state } = alarm;
  const declared = alarmOf(handling.instance, name) ?? name;
  const { confirms, why } = reading;
  handling.log.warn('CloudWatch does not confirm an alarm', { alarm: name, state, why, via: origin.via });
  const reason = `CloudWatch does not confirm that the alarm ${quoted(name)} is ${state}: ${why}`;
  // An outage of CloudWatch is nobody's forgery.
  handling.report({ reason, body, origin, about: confirms === 'unknown' ? 'unanswered' : 'unproven' });
  const counts = confirms !== 'elsewhere' || reading.counts;
  if (state === 'OK' || !playbook || !counts) return { did: 'unproven', alarm: name, reason };
  const hour = handling.now().toISOString().slice(0, 13);
  const run = runIdOfUnproven(playbook.id, declared, confirms === 'unknown' ? 'unanswered' : 'denied', hour);
  await handling.start({
    run,
    playbook: playbook.id,
    cause: { kind: 'alarm', alarm: { ...alarm, name: declared, reason: '' }, unproven: why, hour },
    mode: 'dry-run',
  });
  return { did: 'unproven', alarm: name, run, reason };
}
