import { messageName } from '../../../lambdas/domain/escalation-message.ts';
import { dayOf } from '../../../lambdas/platform/calendar.ts';
import { backlogOf, type ReportFigures } from '../../../lambdas/reporting/daily-report/figures.ts';
import { closeInWords } from '../../../lambdas/reporting/daily-report/attention.ts';
import { subjectOf, textOf } from '../../../lambdas/reporting/daily-report/text.ts';
import type { CloudUse } from '../../../lambdas/reporting/daily-report/cloud-use.ts';
import { bootLedger } from '../../support/ledger.ts';
import { minute } from '../../support/runs.ts';
import { DAY, everything, figuresIn, NASTY, reportSettings, seedRun } from './seed.ts';

const settings = reportSettings();
const now = new Date('2026-11-24T06:00:00Z');
const USED: CloudUse = {
  lambda: { invocations: 1_000_000, gbSeconds: '30000.500', unknown: ['responder-migrate'] },
  athena: { queries: 3, bytes: 5, chargedBytes: 1_099_511_627_776 },
};
const UNKNOWN: CloudUse = { lambda: undefined, athena: undefined };

const ledger = bootLedger({ each: true });

const figuresOf = (day = DAY, use = USED): Promise<ReportFigures> =>
  figuresIn(ledger.responder, { day, now, use });
/** One column of what the test asks itself. */
const asked = async (sql: string): Promise<unknown[]> =>
  (await ledger.admin.query<{ v: unknown }>(sql)).rows.map(({ v }) => v);

test('a day on which everything happened, as the ledger has it', async () => {
  await everything(ledger);
  const figures = await figuresOf();
  const within = (at: string) => `${at} >= '2026-11-22T23:00Z' and ${at} < '2026-11-23T23:00Z'`;

  // Incidents and times, by SQL of the test's own.
  for (const one of figures.severities) {
    const of = (where: string) =>
      asked(`select count(*)::int v from responder.episode where severity = '${one.severity}' and ${where}`);
    expect([one.opened]).toEqual(await of(within('opened_at')));
    expect([one.closed]).toEqual(await of(within('closed_at')));
    expect([one.open]).toEqual(
      await of(
        `opened_at < '2026-11-23T23:00Z' and coalesce(closed_at, '2999-01-01') >= '2026-11-23T23:00Z'`,
      ),
    );
  }
  expect(figures.severities.map(({ opened, open, closed }) => [opened, open, closed])).toEqual([
    [1, 1, 0],
    [2, 0, 2],
    [3, 2, 1],
    [1, 1, 1],
  ]);
  const [sev2] = figures.severities.filter(({ severity }) => severity === 'SEV-2');
  expect(sev2).toMatchObject({ medianToAcknowledge: 300, medianToRepair: (20 * 60 + 14 * 60) / 2 });
  const by = Object.fromEntries(figures.incidents.map((one) => [`${one.incident}/${one.episode}`, one]));
  expect(by['INC-fix-1/1']).toMatchObject({
    acknowledgedBy: 'sre-one',
    secondsToAcknowledge: 300,
    closedBy: 'machine',
    secondsToRepair: 1_200,
  });
  // It came back within a day: the same incident, and another episode of it.
  expect(by['INC-fix-1/2']).toMatchObject({
    openedAt: minute(30),
    acknowledgedBy: null,
    closedBy: 'machine',
  });
  expect(by['INC-heal-1/1']).toMatchObject({ closedBy: 'itself', secondsToRepair: 300 });
  expect(by['INC-hand-1/1']).toMatchObject({ closedBy: 'people', secondsToRepair: 1_800 });
  expect(by['INC-bad-1/1']).toMatchObject({ closedAt: null, closedBy: null, acknowledgedAt: null });
  expect(by['INC-old-1/1']).toBeUndefined();
  expect(by['INC-next-1/1']).toBeUndefined();
  expect(backlogOf(figures).map(({ incident }) => incident)).toEqual([
    'INC-old-3',
    'INC-stop-1',
    'INC-busy-1',
  ]);

  // Runs.
  const runs = await asked(
    `select playbook || ' ' || mode || ' ' || outcome || ' ' || count(*) v from responder.run where ${within('ended_at')} group by playbook, mode, outcome order by 1`,
  );
  expect(figures.runs.map((one) => `${one.playbook} ${one.mode} ${one.outcome} ${one.count}`).sort()).toEqual(
    runs,
  );
  expect(figures.atWork).toBe(1);

  // Money: of each target the greatest, the ineffective plan's not repaired.
  expect(figures.money).toEqual({
    atRisk: '2139.75',
    repaired: '1234.50',
    byPlaybook: [
      { playbook: 'cur-freshness', plans: 2, unforeseen: 0, atRisk: '1234.50', repaired: '1234.50' },
      { playbook: 'invoice-lag', plans: 1, unforeseen: 0, atRisk: '900.25', repaired: '0.00' },
      { playbook: 'payment-mismatch', plans: 1, unforeseen: 0, atRisk: '5.00', repaired: '0.00' },
      { playbook: 'budget-stale', plans: 1, unforeseen: 1, atRisk: '0.00', repaired: '0.00' },
      { playbook: 'quota-reached', plans: 1, unforeseen: 1, atRisk: '0.00', repaired: '0.00' },
    ],
  });

  expect(figures.refused).toEqual([
    { guard: 'budget', playbook: 'payment-mismatch', runs: 1, figures: NASTY, lastRun: 'stop-1' },
  ]);
  expect(figures.approvals).toMatchObject({
    asked: 2,
    given: 0,
    refused: 0,
    expired: 1,
    void: 0,
    waiting: [{ id: 'A-busy-1', people: 2, given: 1, playbook: 'runner-backlog' }],
  });
  expect(figures.told).toMatchObject({ due: 6, inTime: 2, late: 1, untold: 3 });
  expect(
    figures.told.failings.map(({ message, recipient, toldAt }) => [messageName(message), recipient, toldAt]),
  ).toEqual([
    ['SEV-1/rung-1', 'finops', minute(14)],
    ['SEV-1/rung-2', 'lead', null],
    ['SEV-1/rung-3', 'management', null],
    ['jira-comment', 'jira', null],
  ]);
  expect(figures.told.failings[2]?.why).toBe('nobody has confirmed a subscription to management');
  expect(figures.exhausted).toEqual([
    { incident: 'INC-bad-1', episode: 1, severity: 'SEV-1', level: 3, at: minute(55) },
  ]);
  expect(figures.postmortems.unsigned).toMatchObject([
    { incident: 'INC-old-1', overdue: true, dueAt: minute(-4_320 + 2_880) },
    { incident: 'INC-fix-1', episode: 1, draftedAt: null, overdue: false },
    { incident: 'INC-fix-1', episode: 2, draftedAt: null, overdue: false },
  ]);
  expect(figures.now).toMatchObject({
    switches: [{ scope: 'quota-reached', by: 'sre-one' }],
    playbooks: [
      { playbook: 'cur-freshness', breakerSince: null },
      { playbook: 'invoice-lag', trust: 'approve', breakerSince: minute(40) },
    ],
  });

  // Cost at the published prices.
  const [operations] = await asked(
    `select sum(operations)::int v from responder.run where ${within('ended_at')}`,
  );
  expect(figures.cost).toMatchObject({
    operations: { count: operations, usd: '0.0007' },
    lambda: { usd: '0.6000' },
    athena: { usd: '5.0000' },
    // Of 30 days.
    fixed: { perMonth: '12.00', usd: '0.4000' },
    usd: '6.0007',
  });

  // Fourteen days, of which this is the last.
  expect(figures.trend).toHaveLength(14);
  expect(figures.trend.map(({ date }) => date)).toEqual([...figures.trend.map(({ date }) => date)].sort());
  expect(figures.trend.at(-1)).toMatchObject({
    date: DAY.date,
    opened: { 'SEV-1': 1, 'SEV-2': 2, 'SEV-3': 3, 'SEV-4': 1 },
    operations,
  });
  expect(figures.trend.at(-4)).toMatchObject({ date: '2026-11-20', opened: { 'SEV-1': 1 } });
});

test('the day says the same when it is asked for later, but for how things stand then', async () => {
  await everything(ledger);
  const { now: before, ...day } = await figuresOf();
  await seedRun(ledger.responder, {
    run: 'later',
    playbook: 'invoice-lag',
    severity: 'SEV-1',
    at: 900,
    end: 910,
    claimed: true,
  });
  const { now: after, ...again } = await figuresOf();
  expect(again).toEqual(day);
  expect(before.closedSince).toEqual([]);
  expect(after.closedSince).toEqual([{ incident: 'INC-bad-1', episode: 1 }]);
});

describe('who ended an incident', () => {
  const story = (
    name: string,
    outcome: 'escalated' | 'refused' | 'ineffective' | 'resolved',
    playbook: string,
  ) => seedRun(ledger.responder, { run: name, playbook, severity: 'SEV-3', at: 0, end: 2, outcome });
  /** Finds the fault gone, half an hour later. */
  const over = (name: string, playbook: string) =>
    seedRun(ledger.responder, {
      run: name,
      playbook,
      severity: 'SEV-3',
      at: 30,
      end: 32,
      outcome: 'self-healed',
    });
  const closed = async (incident: string) =>
    (await figuresOf()).incidents.find((one) => one.incident === incident)?.closedBy;

  test.each(['escalated', 'refused', 'ineffective'] as const)(
    'people, who had been called by a run that ended %s',
    async (outcome) => {
      await story('left', outcome, 'invoice-lag');
      await over('gone', 'invoice-lag');
      expect(await closed('INC-left')).toBe('called');
      const [week] = [(await figuresOf()).toDate.week];
      expect(week).toMatchObject({ opened: 1, closed: 1, byMachine: 0, byPeople: 1 });
    },
  );

  test('the person who had acknowledged it', async () => {
    const acknowledged = { by: 'sre-one', at: 1 };
    await seedRun(ledger.responder, {
      run: 'gone',
      playbook: 'invoice-lag',
      severity: 'SEV-3',
      at: 0,
      end: 4,
      outcome: 'self-healed',
      acknowledged,
    });
    expect(await closed('INC-gone')).toBe('called');
  });

  test('nobody, where the fault went away before anybody was called', async () => {
    await over('gone', 'invoice-lag');
    expect(await closed('INC-gone')).toBe('itself');
  });
});

test('the fault of the business is as old as the alarm measured it', async () => {
  await everything(ledger);
  const figures = await figuresOf();
  const { faultBegan, faultSeconds } =
    figures.incidents.find(({ incident }) => incident === 'INC-fix-1') ?? {};
  // The alarm of 14:00 says: 4.6 days.
  const [began] = await asked(
    `select to_char((request #>> '{cause,alarm,changedAt}')::timestamptz at time zone 'UTC'
       - substring(request #>> '{cause,alarm,reason}' from '\\[([0-9.]+)')::numeric * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') v
     from responder.run where run_id = 'fix-1'`,
  );
  expect(faultBegan).toBe(began);
  expect(faultSeconds).toBe((Date.parse(minute(20)) - Date.parse(faultBegan ?? '')) / 1_000);
  // In hours, and still open at the day's end at 23:00 UTC.
  const open = figures.incidents.find(({ incident }) => incident === 'INC-bad-1');
  expect(open?.faultSeconds).toBe((4.6 + 9) * 3_600);
});

describe('the close of the month', () => {
  const steps = async () => (await figuresOf()).now.close?.steps.map(({ done, says }) => says ?? done);

  test('is a chain, of which nothing is done without anything in the ledger', async () => {
    const { now } = await figuresOf();
    expect(now.close?.month).toBe('2026-10');
    expect(now.close?.steps.map(({ name, done }) => [name, done])).toEqual([
      ['costs', false],
      ['allocation', false],
      ['reconciliation', false],
      ['closing', false],
      ['invoices', true],
    ]);
    expect(now.blocked).toEqual({ usd: '0.00', count: 0, items: [] });
    expect(closeInWords(await figuresOf()).title).toBe(
      'Month-end close of October 2026: 1 of 5 steps done, next: costs loaded',
    );
  });

  test('names its blocker, and what cannot be billed meanwhile is at risk', async () => {
    await ledger.admin.query(`
      insert into cur_ingestion_log (run_id, period_start, period_end, status, executed_by) values ('l', '2026-10-01', '2026-10-31', 'completed', 't');
      insert into tenant_master (tenant_id, tenant_name, status, created_at) values ('TEN-1', 'x', 'active', now()), ('TEN-2', 'y', 'active', now());
      insert into plan_master (plan_code, plan_family, version, base_price_usd, base_seats, effective_from) values ('p', 'p', 1, 1, 1, '2026-01-01');
      insert into tenant_plan_binding (tenant_id, plan_code, period_start, status) values ('TEN-1', 'p', '2026-01-01', 'active'), ('TEN-2', 'p', '2026-01-01', 'active');
      insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
        values ('TEN-1', '2026-10-01', '2026-10-31', 's', 'S3', 'r', 1, now());
      insert into recon_summary (recon_id, service, period_start, period_end, aws_total_usd, allocated_total_usd, invoiced_total_usd, operator_overhead_usd, variance_usd, variance_pct, status, created_at) values
        ('old', null, '2026-10-01', '2026-10-31', 500, 0, null, 0, 500, 100, 'ok', '2026-11-01'),
        ('new', null, '2026-10-01', '2026-10-31', 500.25, 0, 100, 0, -12.5, 100, 'failed', '2026-11-02'),
        ('new', 'AmazonS3', '2026-10-01', '2026-10-31', 9000, 0, 0, 0, 9000, 100, 'failed', '2026-11-02'),
        ('far', null, '2026-09-01', '2026-09-30', 10, 0, 10, 0, -77.125, 700, 'failed', '2026-10-02');
      insert into period_state values ('2026-10-01', 'closing', null, now());
      insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at) values
        ('INV-part', 'TEN-1', '2026-09-01', '2026-09-30', 'issued', 0, 0, 100.5, '2026-11-20'),
        ('INV-old', 'TEN-1', '2026-08-01', '2026-08-31', 'issued', 0, 0, 20, '2026-10-01'),
        ('INV-new', 'TEN-1', '2026-10-01', '2026-10-31', 'issued', 0, 0, 30, '2026-11-20'),
        ('INV-full', 'TEN-2', '2026-08-01', '2026-08-31', 'issued', 0, 0, 40, '2026-09-01');
      insert into payment_txn (payment_id, invoice_id, method, amount_usd, status, created_at) values
        ('1', 'INV-part', 'card', 60.25, 'confirmed', now()), ('2', 'INV-part', 'card', 40.25, 'failed', now()),
        ('3', 'INV-full', 'card', 40, 'confirmed', now());`);
    await seedRun(ledger.responder, {
      run: 'recon-1',
      playbook: 'recon-failed',
      severity: 'SEV-2',
      at: 0,
      end: 2,
      outcome: 'escalated',
      target: { period: '2026-10' },
    });
    const figures = await figuresOf();
    expect(await steps()).toEqual([true, true, 'failed, 100 %', false, '1 missing']);
    expect(closeInWords(figures).title).toBe(
      'Month-end close of October 2026: 2 of 5 steps done, blocked by INC-recon-1',
    );
    expect(figures.now.blocked).toEqual({
      usd: '537.63',
      count: 4,
      items: [
        // Not invoiced: 500.25 less 100. Of the other month the variance is more.
        { kind: 'reconciliation', what: '2026-10', usd: '400.25' },
        { kind: 'reconciliation', what: '2026-09', usd: '77.13' },
        { kind: 'invoice', what: 'INV-part', usd: '40.25' },
        { kind: 'invoice', what: 'INV-old', usd: '20.00' },
      ],
    });
    expect(figures.now.atRisk).toBe('537.63');
  });

  test('is unknown, and stops no report, where its tables may not be read', async () => {
    await ledger.admin.query('alter table recon_summary rename to recon_elsewhere');
    const figures = await figuresOf();
    expect(figures.now).toMatchObject({ close: null, blocked: null, atRisk: '0.00' });
    expect(closeInWords(figures).title).toMatch(/unknown/);
  });
});

test('week and month to date are the ledger’s, from their first moments in the operator’s zone', async () => {
  await everything(ledger);
  const { toDate } = await figuresOf();
  for (const [span, from] of [
    [toDate.week, '2026-11-22T23:00Z'],
    [toDate.month, '2026-10-31T23:00Z'],
  ] as const) {
    const within = (at: string) => `${at} >= '${from}' and ${at} < '2026-11-23T23:00Z'`;
    const count = async (of: string) => (await asked(`select count(*)::int v from responder.${of}`))[0];
    expect([span.opened, span.closed, span.runs, span.resolved]).toEqual([
      await count(`episode where ${within('opened_at')}`),
      await count(`episode where ${within('closed_at')}`),
      await count(`run where mode = 'live' and ${within('ended_at')}`),
      await count(`run where mode = 'live' and outcome = 'resolved' and ${within('ended_at')}`),
    ]);
  }
  expect(toDate.week.repaired).toBe('1234.50');
  expect(toDate.month.repaired).toBe('1244.50');
});

test('an empty day is a report of nothing, and what is not known is not nothing', async () => {
  const figures = await figuresOf(DAY, UNKNOWN);
  expect(figures).toMatchObject({
    incidents: [],
    runs: [],
    atWork: 0,
    refused: [],
    exhausted: [],
    money: { atRisk: '0.00', repaired: '0.00', byPlaybook: [] },
    cost: { operations: { count: 0, usd: '0.0000' }, lambda: null, athena: null, usd: '0.4000' },
  });
  expect(figures.severities).toHaveLength(4);
  expect(
    figures.severities.every(
      ({ opened, open, medianToRepair }) => opened + open === 0 && medianToRepair === null,
    ),
  ).toBe(true);
});

test('a day begins at midnight of the operator’s zone, not of UTC', async () => {
  // 00:30 of 1 December in Berlin is still November in UTC.
  const at = (Date.parse('2026-11-30T23:30:00Z') - Date.parse(minute(0))) / 60_000;
  await seedRun(ledger.responder, {
    run: 'edge',
    playbook: 'cur-freshness',
    severity: 'SEV-3',
    at,
    end: at + 5,
  });
  const opened = async (date: string, zone: string) =>
    (await figuresOf(dayOf(date, zone))).incidents.filter(({ openedThatDay }) => openedThatDay).length;
  expect(await opened('2026-11-30', 'Europe/Berlin')).toBe(0);
  expect(await opened('2026-12-01', 'Europe/Berlin')).toBe(1);
  expect(await opened('2026-11-30', 'UTC')).toBe(1);
});

test('the text begins with what needs a person, and fits an e-mail', async () => {
  await everything(ledger);
  const figures = await figuresOf(DAY, UNKNOWN);
  const page = `https://console.example/${DAY.date}/report.html`;
  const lines = textOf(figures, { page, settings }).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const first = lines.indexOf('What needs you first');
  expect(first).toBeLessThan(10);
  expect(lines[first + 2]).toMatch(/^1\. SEV-1 INC-bad-1 \(invoice-lag, period=2026-11\)/);
  expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(
    'Lambda; quantity unknown; price 0.0000133334 USD per GB-second, 0.20 per million invocations; cost unknown',
  );
  expect(subjectOf(figures)).toMatch(/^\[report\] 2026-11-23: 9 things need you; 7 incidents opened/);
});

test('an operator who must do nothing is told so', async () => {
  const figures = await figuresOf();
  expect(subjectOf(figures)).toBe(
    '[report] 2026-11-23: nothing needs you; 0 incidents opened, 0 closed, 0 open; 0 of 0 runs resolved',
  );
  expect(textOf(figures, { page: 'https://', settings })).toContain('--------------------\nNothing.\n');
});
