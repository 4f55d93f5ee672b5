import fc from 'fast-check';
import { SEVERITIES } from '../../lambdas/domain/decision.ts';
import { deadlineOf, levelsOf, type LevelCall } from '../../lambdas/domain/ladder.ts';
import { People } from '../../lambdas/domain/people.ts';
import { nextMove } from '../../lambdas/escalation/next-move.ts';
import type { MessageRecord } from '../../lambdas/record/calls.ts';
import { episodeState } from '../support/episodes.ts';
import { minute } from '../support/runs.ts';

/** What `list` and the messages say is due, and what the escalation does, are one rule: over whole episodes. */

// Nothing else is due meanwhile.
/** One round of three levels; what is called again is in next-move.test.ts. */
const once = { rungs: [['sre' as const], ['lead' as const], ['management' as const]], repeat: 0 };
const people = People.parse({
  raiseAfter: { 'SEV-4': 8_760, 'SEV-3': 8_760, 'SEV-2': 8_760 },
  ladders: { 'SEV-1': once, 'SEV-2': once, 'SEV-3': once, 'SEV-4': once },
});

const callsOf = (told: readonly MessageRecord[]): LevelCall[] =>
  told.flatMap(({ message, confirmed, triedAt }) =>
    message.kind === 'call' ? [{ ...message, confirmed, triedAt }] : [],
  );

const episodes = fc.record({
  severity: fc.constantFrom(...SEVERITIES),
  /** Minutes after the opening: it was raised to its severity then. */
  since: fc.nat(5_000),
  staffed: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  /** Seconds that a call comes late. */
  late: fc.nat(59),
  acknowledgedAfter: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
});

test('each level is called when the deadline before it has passed, and the last deadline is the end of the ladder', () => {
  fc.assert(
    fc.property(episodes, ({ severity, since, staffed, late, acknowledgedAfter }) => {
      let state = episodeState({
        severity,
        severityCause: 'persistence',
        severitySince: minute(since),
      });
      const levels = () => levelsOf({ severity, since: minute(since) }, callsOf(state.told), people);
      const move = (now: string) =>
        nextMove({ state, now, people, finops: [], retrySeconds: 300, onRecord: true });
      let now = minute(since);
      for (const [i, isStaffed] of staffed.entries()) {
        const next = move(now);
        // Never a moment too early, whatever the deadline says.
        const due = next.kind === 'wait' ? next.until : now;
        const before = levels()[i - 1]?.by ?? now;
        expect(due).toBe(before > now ? before : now);
        // What people read until then is that very moment.
        if (due > now) expect(deadlineOf(levels(), new Date(Date.parse(due) - 1)).by).toBe(due);
        const call = move(due);
        if (call.kind !== 'tell' || call.message.kind !== 'call')
          throw new Error(`level ${i + 1} is not called`);
        expect(call.message.level).toBe(i + 1);
        now = new Date(Date.parse(due) + late * 1_000).toISOString();
        expect(deadlineOf(levels(), new Date(now))).toEqual({
          by: call.message.acknowledgeBy,
          passed: false,
        });
        const { dueAt, acknowledgeBy, of: _of, ...message } = call.message;
        const record: MessageRecord = {
          message,
          recipient: call.to[0] ?? 'sre',
          dueAt,
          toldAt: isStaffed ? now : null,
          confirmed: isStaffed ? 1 : 0,
          tries: 1,
          triedAt: now,
          byRun: null,
          why: null,
        };
        state = { ...state, told: [...state.told, record] };
        expect(levels()[i]?.by).toBe(isStaffed ? acknowledgeBy : now);
        if (acknowledgedAfter !== i + 1) continue;
        // The message stays on record with its time, and nobody else is called.
        state = { ...state, acknowledged: { at: now, by: 'sre-one', severity } };
        const after = levels()[i]?.by ?? now;
        const then = move(after);
        // Who has it is announced; nobody is called.
        expect(then.kind === 'tell' ? then.message.kind : then.kind).toMatch(/^(wait|acknowledged)$/);
        return;
      }
      const last = levels().at(-1)?.by ?? '';
      expect(move(last).kind).toBe('wait');
      expect(deadlineOf(levels(), new Date(last))).toEqual({ by: last, passed: true });
      if (staffed[2]) expect(deadlineOf(levels(), new Date(Date.parse(last) - 1)).passed).toBe(false);
    }),
  );
});

test('where nobody is on the first level the second one has its time from then on, and so says the list', () => {
  const empty: LevelCall = { severity: 'SEV-1', level: 1, confirmed: 0, triedAt: minute(1) };
  const levels = levelsOf({ severity: 'SEV-1', since: minute(0) }, [empty], people);
  expect(levels.map(({ at, by }) => [at, by])).toEqual([
    [minute(0), minute(1)],
    [minute(1), minute(16)],
    [minute(16), minute(31)],
  ]);
  expect(deadlineOf(levels, new Date(minute(31)))).toEqual({ by: minute(31), passed: true });
});
