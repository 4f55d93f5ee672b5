import { createHash } from 'node:crypto';
import type { Alarm } from '../../domain/alarm.ts';
import type { Mode } from '../../domain/run-request.ts';

/**
 * Run ids are names of durable executions: at most 64 of `[A-Za-z0-9_-]`. The same cause gives the
 * same id, which makes repeated deliveries one run.
 */
const LENGTH = 64;

const DIGEST = 12;
const digest = (...parts: readonly string[]) =>
  createHash('sha256').update(parts.join('|')).digest('hex').slice(0, DIGEST);

/** A long playbook id is cut, never the part that tells runs apart. */
const named = (playbook: string, rest: string) => `${playbook.slice(0, LENGTH - rest.length - 1)}-${rest}`;

/** `20250914T060532` of an ISO time. */
const stamp = (iso: string) => iso.slice(0, 19).replaceAll(/[-:]/g, '');

/**
 * `cur-freshness-20250914T060532-1f2e3d4c5b6a`: one per transition, from facts that all envelopes
 * agree on; `slot` gives the sweep another one for the same transition.
 */
export function runIdOfAlarm(playbook: string, alarm: Alarm, slot?: string): string {
  const { account, region, name, state, changedAt } = alarm;
  const moment = String(Date.parse(changedAt));
  const hash = digest(account, region, name, state, moment, ...(slot === undefined ? [] : [slot]));
  return named(playbook, `${stamp(changedAt)}-${hash}`);
}

/** CloudWatch says that it is not so, or does not answer: a lie does not take the name of an outage's run. */
export const CLAIMED = ['denied', 'unanswered'] as const;

/**
 * `cur-freshness-unproven-1f2e3d4c5b6a`: an alarm that CloudWatch does not confirm gets one run an hour,
 * however many messages claim it, and never the name of a true transition's run.
 */
export const runIdOfUnproven = (
  playbook: string,
  alarm: string,
  about: (typeof CLAIMED)[number],
  hour: string,
): string => named(playbook, `unproven-${digest(about, alarm, hour)}`);

/** Whose word a key is: what one door takes for a key can never name a run of another. */
export type KeyDomain = 'request' | 'order' | 'undo' | 'catch-up';

/**
 * `cur-freshness-request-1f2e3d4c5b6a`: a call repeated under the same key is one run. A rehearsal and
 * a live run under one key are two: executions of two functions.
 */
export const runIdOfKey = (playbook: string, domain: KeyDomain, key: string, mode: Mode): string =>
  named(playbook, `${mode === 'dry-run' ? 'rehearsal' : domain}-${digest(domain, key)}`);

/** Whether an id is one that a door gives out for its own keys: nobody can show the key itself. */
export const isOfKey = (run: string, playbook: string, domain: string): boolean => {
  const [head = ''] = named(playbook, `${domain}-${'0'.repeat(DIGEST)}`).split(/0{12}$/);
  return run.startsWith(head) && /^[0-9a-f]{12}$/.test(run.slice(head.length));
};

/**
 * `cur-freshness-manual-1f2e3d4c5b6a`: a call without a key. Without the time: Lambda repeats an
 * asynchronous invocation later, with the same request id.
 */
export const runIdOfInvocation = (
  playbook: string,
  kind: 'manual' | 'replay',
  awsRequestId: string,
): string => named(playbook, `${kind}-${digest(awsRequestId)}`);

/** `cur-freshness-upstream-1f2e3d4c5b6a`: works on an incident that runs of other playbooks wait for. */
export const runIdOfUpstream = (playbook: string, incident: string, slot: string): string =>
  named(playbook, `upstream-${digest('upstream', incident, slot)}`);

/** `cur-freshness-recovery-1f2e3d4c5b6a`: checks hourly whether an open incident is over. */
export const runIdOfRecovery = (playbook: string, incident: string, slot: string): string =>
  named(playbook, `recovery-${digest(incident, slot)}`);
