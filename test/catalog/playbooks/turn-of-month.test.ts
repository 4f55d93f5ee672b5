import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import { HOUR_MS } from '../../../lambdas/domain/milliseconds.ts';

const at = (text: string): Date => new Date(`${text}Z`);

/** Each hour of a year and the millisecond before it: no target changes within an hour. */
const HOURS = Array.from(
  { length: 366 * 24 },
  (_, hour) => at('2027-01-01T00:00').getTime() + hour * HOUR_MS,
);

/** The moments of a year at which an alarm comes to be about something else. */
const changesOf = (targetOf: (changedAt: Date) => unknown): string[] =>
  HOURS.filter(
    (ms) => JSON.stringify(targetOf(new Date(ms - 1))) !== JSON.stringify(targetOf(new Date(ms))),
  ).map((ms) => new Date(ms).toISOString().slice(0, 13));

const MONTHS = Array.from({ length: 12 }, (_, month) => String(month + 1).padStart(2, '0'));
const turns = (day: string): string[] => MONTHS.map((month) => `2027-${month}-${day}T00`);

const moving = playbooks.flatMap((playbook) => {
  const changes = changesOf((changedAt) => playbook.targetOf({ name: playbook.id, changedAt }));
  return changes.length === 0 ? [] : [{ playbook, changes }];
});

test.each(moving.map(({ playbook: { id }, changes }) => [id, changes] as const))(
  'the target of %s moves with the clock at the turn of a month, and at no other moment',
  (id, changes) => {
    expect(changes).toEqual(id === 'cur-freshness' ? turns('03') : [...turns('01'), '2028-01-01T00']);
  },
);

test('an alarm on the worst of all months finds its month in the data, whatever the clock says', () => {
  const located = moving.flatMap(({ playbook }) => ('locate' in playbook ? [playbook.id] : []));
  expect(located.sort()).toEqual(['allocation-variance', 'invoice-lag', 'recon-failed', 'tag-coverage-drop']);
});

describe.each(turns('03'))('costs that end before the turn of a month, around %s:00', (turn) => {
  const [before, after] = [-1, 0].map((ms) => new Date(at(`${turn}:00`).getTime() + ms));
  const [last, next] = [before, after].map(
    (changedAt) => curFreshness.targetOf({ name: 'cur-freshness', changedAt: changedAt! })['period']!,
  );
  const delivery = {
    prefix: '',
    objects: 3,
    bytes: 9,
    newest: null,
    writtenAt: null,
    unreadable: null,
    manifest: true,
    missingCount: 0,
    writing: null,
    id: null,
    missing: [],
    digest: 'new',
  };
  /** As of `days` ago, in both copies. */
  const found = (days: number, digest: string, now: Date, periods: readonly string[] = [last!, next!]) => {
    const newest = new Date(now.getTime() - days * 86_400_000).toISOString();
    const held = { lines: 9, usd: '9', newest, digest };
    const copy = { newest: null, days, digest };
    return {
      period: 'open',
      delivery,
      athena: copy,
      ledger: copy,
      months: periods.map((period) => ({
        period,
        delivery,
        athena: held,
        ledger: held,
        differences: [],
        older: null,
      })),
      log: { exists: true, lines: 0, last: null, errors: 0, accessDenied: 0, newest: null },
      runs: [],
      permissions: [],
    };
  };

  test('lead to the same plan on either side', () => {
    const plan = [last, next].map((period) => ({ action: 'start-ingestion', params: { period } }));
    const early = curFreshness.decide(found(4.3, 'old', before!), {
      target: { period: last! },
      now: before!,
    });
    const late = curFreshness.decide(found(4.3, 'old', after!), { target: { period: next! }, now: after! });
    expect(early).toMatchObject({ kind: 'act', plan });
    expect(late).toMatchObject({ kind: 'act', plan });
  });

  test('are proven repaired, though the target changes before the proof', () => {
    for (const now of [before!, after!]) {
      const check = (days: number, digest: string) =>
        curFreshness.recovery.check(found(days, digest, now), { target: { period: last! }, now }).healthy;
      expect(check(1.3, 'new')).toBe(true);
      expect(check(4.3, 'old')).toBe(false);
    }
  });

  test('are not proven repaired by the later month alone', () => {
    for (const now of [before!, after!]) {
      const [old] = found(4.3, 'old', now, [last!]).months;
      const repaired = found(1.3, 'new', now, [next!]);
      const months = [old!, ...repaired.months];
      for (const period of [last!, next!]) {
        const { healthy } = curFreshness.recovery.check({ ...repaired, months }, { target: { period }, now });
        expect(healthy).toBe(false);
      }
    }
  });
});
