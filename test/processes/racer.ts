import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { holdsLocks, renewLocks, type LockSet } from '../../lambdas/record/locks.ts';
import type { RunOpening } from '../../lambdas/domain/run-record.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { claim, ending, intent, opening } from '../support/runs.ts';

/** A process with one runner in it, which opens, claims, acts and ends as `race.test.ts` tells it to. */

export interface Prepare {
  readonly say: 'prepare';
  readonly round: number;
  readonly playbook: string;
  readonly locks: LockSet;
  /** Virtual time of the round's beginning, ms. */
  readonly base: number;
  /** It claims already now, and then "dies": whatever it does afterwards, it does as a zombie. */
  readonly claims: boolean;
}

export interface Go {
  readonly say: 'go';
  /** Wall time, ms: both begin then. */
  readonly startAt: number;
  /** Virtual time that has gone by since the round's beginning, ms. */
  readonly later: number;
}

export interface Told {
  /** Granted at the first try; of one that claimed before, whether it still held its locks. */
  readonly first: boolean;
  readonly acted: boolean;
  /** Others that were acting at the same time on the same round. */
  readonly saw: number;
}

export const LEASE_MS = 120 * 60_000;
/** Whoever is refused looks again, and tries again: the other one is soon done. */
const TRIES = 200;
/** Longer than the two processes come apart on a busy machine. */
const WORK_MS = 25;

const pool = new Pool({ connectionString: process.env['RACE_LEDGER'] ?? '', max: 2 });
/** What is noted is seen at once, whatever the record's own connections are at. */
const notes = new Pool({ connectionString: process.env['RACE_LEDGER'] ?? '', max: 1 });

let of: Prepare;
let opened: RunOpening;
let held: string | undefined;

process.on('message', (message: Prepare | Go) => {
  const work = message.say === 'prepare' ? prepare(message) : go(message);
  void work.then((told) => process.send?.(told));
});
process.on('disconnect', () => {
  void Promise.all([pool.end(), notes.end()]);
});

async function prepare(told: Prepare): Promise<{ ready: boolean }> {
  of = told;
  const run = `${told.playbook}-${told.round}`;
  opened = { ...opening(run, 0, { playbook: told.playbook, target: { round: `${told.round}` } }) };
  opened = { ...opened, openedAt: new Date(told.base).toISOString() };
  await openRun(pool, opened);
  held = told.claims ? await tryClaim(new Date(told.base)) : undefined;
  return { ready: !told.claims || held !== undefined };
}

async function tryClaim(now: Date): Promise<string | undefined> {
  const at = now.toISOString();
  const leasedUntil = new Date(now.getTime() + LEASE_MS).toISOString();
  const wanted = intent(opened, at, { locks: of.locks, lookedAt: at, leasedUntil });
  const answer = await claim(pool, opened.request.run, wanted);
  return answer.granted ? answer.fence : undefined;
}

async function go({ startAt, later }: Go): Promise<Told> {
  const now = (): Date => new Date(of.base + later + Math.max(0, Date.now() - startAt));
  while (Date.now() < startAt) await sleep(0);
  let first: boolean | undefined;
  for (let i = 0; i < (of.claims ? 5 : TRIES); i++) {
    const fence = of.claims && i === 0 ? held : await tryClaim(now());
    const holds = fence !== undefined && (await stillHolds(fence, now()));
    first ??= holds;
    if (holds) return { first, acted: true, saw: await act(now) };
    await sleep(1);
  }
  await endRun(pool, opened, ending('refused', now().toISOString()), []);
  return { first: first ?? false, acted: false, saw: 0 };
}

/** As the engine looks right before it sends something. */
async function stillHolds(fence: string, now: Date): Promise<boolean> {
  const { run } = opened.request;
  const [at, needed, leasedUntil] = [0, LEASE_MS / 2, LEASE_MS].map((ms) =>
    new Date(now.getTime() + ms).toISOString(),
  ) as [string, string, string];
  await renewLocks(pool, run, { fence, now: at, needed, leasedUntil });
  return holdsLocks(pool, run, fence, at);
}

const BEGIN = 'insert into public.acting (round, run) values ($1, $2) returning id';
const OTHERS = `select count(*)::int as n from public.acting where round = $1 and run <> $2 and ended_at is null`;
const END = 'update public.acting set ended_at = clock_timestamp() where id = $1';

/** It works until it sees the other at work, or is as sure as it can be that it will not; then the run ends. */
async function act(now: () => Date): Promise<number> {
  const { run } = opened.request;
  const { rows } = await notes.query<{ id: number }>(BEGIN, [of.round, run]);
  const until = Date.now() + WORK_MS;
  let saw = 0;
  while (saw === 0 && Date.now() < until) {
    await sleep(2);
    saw = (await notes.query<{ n: number }>(OTHERS, [of.round, run])).rows[0]?.n ?? 0;
  }
  // Whoever was seen sees this one too, before it is gone.
  if (saw > 0) await sleep(5);
  await notes.query(END, [rows[0]?.id]);
  await endRun(pool, opened, ending('resolved', now().toISOString()), []);
  return saw;
}
