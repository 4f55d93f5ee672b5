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

/** Both at once, as fast as they can. */
export interface Go {
  readonly say: 'go';
  /** Wall time, ms: both begin then. */
  readonly startAt: number;
  /** Virtual time that has gone by since the round's beginning, ms. */
  readonly later: number;
}

/** One step alone, at a moment that is given: the test says in which order. */
export interface Step {
  readonly say: 'claim' | 'begin' | 'end' | 'give-up';
  /** Virtual time since the round's beginning, ms. */
  readonly at: number;
  /** Of a claim: when the world was looked at; by default then. */
  readonly lookedAt?: number;
}

export interface Told {
  /** Granted at the first try; of one that claimed before, whether it still held its locks. */
  readonly first: boolean;
  /** Why the first try was refused. */
  readonly why?: string | undefined;
  readonly acted: boolean;
  /** Others that were acting at the same time on the same round. */
  readonly saw: number;
}

export type Stepped = Pick<Told, 'why' | 'saw'> & { readonly ok: boolean };

export const LEASE_MS = 120 * 60_000;
/** A zombie tries a few times, and gives up. */
const ZOMBIE_TRIES = 5;
/** Real time, against a hang: whoever is refused looks again and tries again until the other one is done. */
const LIMIT_MS = 200_000;
/** How long one acts that sees nobody else, real time: the other is given the occasion. */
const WORK_MS = 25;

const pool = new Pool({ connectionString: process.env['RACE_LEDGER'] ?? '', max: 2 });
/** What is noted is seen at once, whatever the record's own connections are at. */
const notes = new Pool({ connectionString: process.env['RACE_LEDGER'] ?? '', max: 1 });

let of: Prepare;
let opened: RunOpening;
let held: string | undefined;
let acting: number | undefined;

process.on('message', (message: Prepare | Go | Step) => {
  const work =
    message.say === 'prepare' ? prepare(message) : message.say === 'go' ? go(message) : step(message);
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
  held = told.claims ? (await tryClaim(new Date(told.base))).fence : undefined;
  return { ready: !told.claims || held !== undefined };
}

async function tryClaim(now: Date, lookedAt = now): Promise<{ fence?: string; why?: string }> {
  const at = now.toISOString();
  const leasedUntil = new Date(now.getTime() + LEASE_MS).toISOString();
  const wanted = intent(opened, at, { locks: of.locks, lookedAt: lookedAt.toISOString(), leasedUntil });
  const answer = await claim(pool, opened.request.run, wanted);
  if (answer.granted) return { fence: answer.fence };
  return { why: answer.answers.find(({ guard }) => guard === 'lock')?.figures ?? 'no answer of the lock' };
}

async function go({ startAt, later }: Go): Promise<Told> {
  const now = (): Date => new Date(of.base + later + Math.max(0, Date.now() - startAt));
  while (Date.now() < startAt) await sleep(0);
  const giveUp = performance.now() + LIMIT_MS;
  let first: Pick<Told, 'first' | 'why'> | undefined;
  for (let i = 0; of.claims ? i < ZOMBIE_TRIES : performance.now() < giveUp; i++) {
    const { fence, why = 'its lease is over' } =
      of.claims && i === 0 ? { fence: held } : await tryClaim(now());
    const holds = fence !== undefined && (await stillHolds(fence, now()));
    first ??= { first: holds, why: holds ? undefined : why };
    if (holds) return { ...first, acted: true, saw: await act(now) };
    await sleep(1);
  }
  await endRun(pool, opened, ending('refused', now().toISOString()), []);
  return { first: false, ...first, acted: false, saw: 0 };
}

async function step({ say, ...at }: Step): Promise<Stepped> {
  const now = new Date(of.base + at.at);
  switch (say) {
    case 'claim': {
      const { fence, why } = await tryClaim(now, new Date(of.base + (at.lookedAt ?? at.at)));
      held = fence;
      return { ok: fence !== undefined, why, saw: 0 };
    }
    case 'begin': {
      if (held === undefined || !(await stillHolds(held, now)))
        return { ok: false, why: 'it does not hold its locks', saw: 0 };
      return { ok: true, saw: await begin() };
    }
    case 'end':
      await end();
      await endRun(pool, opened, ending('resolved', now.toISOString()), []);
      return { ok: true, saw: 0 };
    case 'give-up':
      await endRun(pool, opened, ending('refused', now.toISOString()), []);
      return { ok: true, saw: 0 };
  }
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

async function begin(): Promise<number> {
  const { rows } = await notes.query<{ id: number }>(BEGIN, [of.round, opened.request.run]);
  acting = rows[0]?.id;
  return others();
}

const others = async (): Promise<number> =>
  (await notes.query<{ n: number }>(OTHERS, [of.round, opened.request.run])).rows[0]?.n ?? 0;

const end = async (): Promise<unknown> => notes.query(END, [acting]);

/** It works until it sees the other at work, or has given it the occasion; then the run ends. */
async function act(now: () => Date): Promise<number> {
  let saw = await begin();
  const until = Date.now() + WORK_MS;
  while (saw === 0 && Date.now() < until) {
    await sleep(2);
    saw = await others();
  }
  await end();
  await endRun(pool, opened, ending('resolved', now().toISOString()), []);
  return saw;
}
