import { guards } from '../../lambdas/engine/guards/all.ts';
import type { Slot } from '../../lambdas/domain/guard-answer.ts';
import { allAnswered } from '../../scripts/drill/checks/guards.ts';
import type { Seen } from '../../scripts/drill/checks/seen.ts';
import type { DrillRun } from '../../scripts/drill/result.ts';
import { bootLedger } from '../support/ledger.ts';

const ledger = bootLedger({
  holds: `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at)
     values ('run', 'INC', 'cur-freshness', 'period=2026-11', '{}', 'live', '{}', '2026-11-23Z')`,
});

type Answer = DrillRun['guards'][number];
const answersIn = (slot: Slot): Answer[] =>
  guards
    .filter(({ slots }) => slots.includes(slot))
    .map(({ name }) => ({ slot, guard: name, answer: 'allow', figures: 'all is well' }));
const ALL = [...answersIn('before-diagnosing'), ...answersIn('before-acting')];
const without = (answers: readonly Answer[], guard: string, slot?: Slot): Answer[] =>
  answers.filter((one) => one.guard !== guard || (slot !== undefined && one.slot !== slot));

/** What is wrong with a run that has these answers on record, and these in the step in which it sent something. */
async function wrongWith(
  onRecord: readonly Answer[],
  sent: readonly Answer[] | undefined,
  fence: string | null = '1',
): Promise<string[]> {
  await ledger.admin.query('delete from responder.step');
  await ledger.admin.query(
    `insert into responder.step (run_id, name, seq, started_at, ended_at, tell, detail)
     values ('run', 'act:1:start-ingestion', 1, '2026-11-23Z', '2026-11-23Z', 'started', $1)`,
    [JSON.stringify({ guards: sent })],
  );
  const run = { run: 'run', playbook: 'cur-freshness', guards: onRecord, fence, steps: [] };
  return allAnswered({ sandbox: { pool: ledger.admin }, runs: [run] } as unknown as Seen);
}

test('a run with every answer is in order', async () => {
  expect(await wrongWith(ALL, answersIn('before-sending'))).toEqual([]);
});

test.each<[string, readonly Answer[], readonly Answer[] | undefined, string]>([
  [
    'nobody asked the freeze before diagnosing',
    without(ALL, 'freeze', 'before-diagnosing'),
    answersIn('before-sending'),
    'run has acted without the word of freeze before-diagnosing',
  ],
  [
    'the breaker refused, and it acted all the same',
    ALL.map((one) => (one.guard === 'breaker' ? { ...one, answer: 'refuse' } : one)),
    answersIn('before-sending'),
    'run has acted without the word of breaker before-acting',
  ],
  [
    'nobody asked the kill switch before sending',
    ALL,
    without(answersIn('before-sending'), 'kill-switch'),
    'run has sent act:1:start-ingestion without the word of kill-switch before-sending',
  ],
  [
    'nobody kept what was answered before sending',
    ALL,
    undefined,
    'run has sent act:1:start-ingestion without the word of kill-switch, muted-alarm, period-open, freeze, trust, approval before-sending',
  ],
])('%s', async (_what, onRecord, sent, wrong) => {
  expect(await wrongWith(onRecord, sent)).toContain(wrong);
});

test('an allowance of the lock without a fence is no grant: nothing was done', async () => {
  const asked = without(ALL, 'lock').slice(0, 3);
  const lock = { slot: 'before-acting', guard: 'lock', answer: 'allow', figures: 'nothing is held' };
  expect(await wrongWith([...asked, lock], undefined, null)).toEqual([]);
});
