import type { Pool } from 'pg';
import type { Impact } from '../../../lambdas/domain/impact.ts';
import { People } from '../../../lambdas/domain/people.ts';
import { putApproval } from '../../../lambdas/record/approvals.ts';
import { putTold, type MessageRecord } from '../../../lambdas/record/calls.ts';
import { acknowledge, closeIncident } from '../../../lambdas/record/incidents.ts';
import type { RunEnding, RunOpening } from '../../../lambdas/domain/run-record.ts';
import { endRun, openRun } from '../../../lambdas/record/write.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { alarm, claim, ending, intent, minute, opening } from '../../support/runs.ts';
import { Prices } from '../../../lambdas/domain/prices.ts';
import { limitsWith } from '../../support/facts.ts';
import { dayOf, type Day } from '../../../lambdas/platform/calendar.ts';
import type { CloudUse } from '../../../lambdas/reporting/daily-report/cloud-use.ts';
import type { ReportFigures } from '../../../lambdas/reporting/daily-report/figures.ts';
import { gatherFigures } from '../../../lambdas/reporting/daily-report/gather.ts';
import { monthClose } from '../../../lambdas/reporting/daily-report/month-close.ts';

/** The day that `everything` is about; its minutes are those of `minute`. */
export const DAY = dayOf('2026-11-23', 'Europe/Berlin');

/** What the report is told by its stack. */
export const reportSettings = () => ({
  people: People.parse({}),
  prices: Prices.parse({}),
  limits: limitsWith(),
  partition: 'aws',
  region: 'us-east-1',
  bucket: 'record-bucket',
});

const log = { warn: () => undefined };

/** The day's figures, with the month's close as it stands in the ledger. */
export async function figuresIn(
  ledger: Pool,
  { day = DAY, now, use }: { day?: Day; now: Date; use: CloudUse },
): Promise<ReportFigures> {
  const close = await monthClose(ledger, { zone: day.zone, now, log });
  return gatherFigures(ledger, { day, now, use, settings: reportSettings(), ...close });
}

/** What must come out of the report as text, and never as markup. */
export const NASTY = `<img src="https://evil.example/x" onerror='alert(1)'> & "4 of 4"`;

interface Seeded {
  readonly run: string;
  readonly playbook: string;
  readonly severity: RunOpening['severity'];
  /** Minutes. */
  readonly at: number;
  readonly end?: number;
  readonly outcome?: RunEnding['outcome'];
  readonly usd?: string;
  readonly claimed?: boolean;
  /** Between its plan and its end. */
  readonly acknowledged?: { readonly by: string; readonly at: number };
  readonly mode?: 'live' | 'dry-run';
  readonly target?: Readonly<Record<string, string>>;
  readonly more?: Partial<RunEnding>;
}

const CROSSED =
  'Threshold Crossed: 1 out of the last 1 datapoints [4.6 (23/11/26 13:55:00)] was greater than the threshold (2.0).';

/** A run as the engine writes it; the incident's id is `INC-` and the run's, unless it joins one. */
export async function seedRun(pool: Pool, seeded: Seeded): Promise<string> {
  const { run, playbook, at, end, outcome = 'resolved', usd, claimed = false, mode = 'live' } = seeded;
  const target = seeded.target ?? { period: '2026-11' };
  const cause = { kind: 'alarm', alarm: { ...alarm, reason: CROSSED } } as const;
  const opened = { ...opening(run, at, { playbook, target, mode, cause }), severity: seeded.severity };
  const { incident } = await openRun(pool, opened);
  const effect: Impact | undefined = usd === undefined ? undefined : { rows: 3, usd, tenants: ['TEN-00113'] };
  const locks = { writes: [`test/${run}`], reads: [] };
  if (claimed) await claim(pool, run, intent(opened, minute(at + 1), { locks, ...(effect && { effect }) }));
  if (seeded.acknowledged) {
    const { by, at: then } = seeded.acknowledged;
    await transaction(pool, (client) =>
      acknowledge(client, incident, { by, at: minute(then), how: 'a command' }),
    );
  }
  if (end !== undefined)
    await endRun(
      pool,
      opened,
      ending(outcome, minute(end), { ...(effect && { impact: effect }), ...seeded.more }),
      [],
    );
  return incident;
}

/** A day on which everything happened, written by the product's own statements where there are any. */
export async function everything({ responder, admin }: { responder: Pool; admin: Pool }): Promise<void> {
  const run = (
    name: string,
    playbook: string,
    severity: Seeded['severity'],
    [at, end]: readonly [number, number?],
    more: Partial<Seeded> = {},
  ) => seedRun(responder, { run: name, playbook, severity, at, ...(end !== undefined && { end }), ...more });
  // Three days before, and still without a signed postmortem.
  await run('old-1', 'recon-failed', 'SEV-1', [-4_400, -4_320], { usd: '10.00', claimed: true });
  await run('old-3', 'tag-coverage-drop', 'SEV-4', [-5_000, -4_990], { outcome: 'escalated' });
  // Two repairs of one target: their money is the same money.
  await run('fix-1', 'cur-freshness', 'SEV-2', [0, 20], {
    usd: '1234.50',
    claimed: true,
    acknowledged: { by: 'sre-one', at: 5 },
  });
  await run('fix-2', 'cur-freshness', 'SEV-2', [30, 44], { usd: '1000.25', claimed: true });
  await run('bad-1', 'invoice-lag', 'SEV-1', [10, 40], {
    outcome: 'ineffective',
    usd: '900.25',
    claimed: true,
  });
  await run('heal-1', 'budget-stale', 'SEV-4', [40, 45], { outcome: 'self-healed' });
  const guard = { guard: 'budget', answer: 'refuse', figures: NASTY, checkedAt: minute(52) } as const;
  await run('stop-1', 'payment-mismatch', 'SEV-3', [50, 53], {
    outcome: 'refused',
    usd: '5',
    acknowledged: { by: NASTY, at: 51 },
    more: { guards: [{ ...guard, slot: 'before-acting' }] },
  });
  await run('hand-1', 'quota-reached', 'SEV-3', [60, 62], { outcome: 'escalated' });
  await transaction(responder, (client) =>
    closeIncident(client, 'INC-hand-1', { by: { person: 'sre-two' }, at: minute(90), why: 'done by hand' }),
  );
  await run('dry-1', 'cur-freshness', 'SEV-3', [70, 71], { outcome: 'rehearsed', mode: 'dry-run' });
  await run('busy-1', 'runner-backlog', 'SEV-3', [500]);
  // The day after is nobody's business here, but for what it says of now.
  await run('next-1', 'allocation-variance', 'SEV-1', [700, 710], { usd: '77777.00', claimed: true });

  const approval = { planSha256: 'p', evidenceSha256: 'e', shown: {}, people: 2, requester: null } as const;
  await putApproval(responder, {
    ...approval,
    id: 'A-bad-1',
    run: 'bad-1',
    requestedAt: minute(12),
    expiresAt: minute(492),
  });
  await putApproval(responder, {
    ...approval,
    id: 'A-busy-1',
    run: 'busy-1',
    requestedAt: minute(505),
    expiresAt: minute(985),
  });
  await admin.query(
    `update responder.approval set state = 'expired', decided_at = $1 where approval_id = 'A-bad-1'`,
    [minute(492)],
  );
  await admin.query(`insert into responder.approver values ('A-busy-1', 'sre-one', 'arn', $1)`, [
    minute(510),
  ]);
  await admin.query(`insert into responder.switch values ('quota-reached', true, $1, 'sre-one', $2)`, [
    minute(100),
    NASTY,
  ]);
  await admin.query(
    `insert into responder.standing (playbook, trust, breaker_since, breaker_why) values ('invoice-lag', 'approve', $1, '3 plans in a row were ineffective or failed'),
     ('cur-freshness', 'auto', null, null)`,
    [minute(40)],
  );
  const rung = (
    n: number,
    recipient: string,
    due: number,
    told: number | null,
    more: Partial<MessageRecord> = {},
  ): MessageRecord => ({
    message: { kind: 'call', severity: 'SEV-1', level: n },
    recipient,
    dueAt: minute(due),
    toldAt: told === null ? null : minute(told),
    confirmed: 1,
    tries: 1,
    triedAt: minute(told ?? due),
    byRun: null,
    why: null,
    ...more,
  });
  await putTold(responder, 'INC-bad-1', 1, [
    rung(1, 'sre', 10, 10),
    rung(1, 'finops', 10, 14, { tries: 3, why: '240 s late; SNS was away' }),
    rung(2, 'lead', 25, null, { tries: 4, why: NASTY }),
    rung(3, 'management', 40, null, {
      confirmed: 0,
      why: 'nobody has confirmed a subscription to management',
    }),
    // Jira has no subscriptions to be confirmed.
    { ...rung(1, 'jira', 10, 10, { confirmed: null }), message: { kind: 'jira' } },
    { ...rung(1, 'jira', 40, null, { confirmed: null, tries: 2 }), message: { kind: 'jira-comment' } },
  ]);
  await admin.query(
    `insert into responder.postmortem values ('INC-old-1', 1, 'ops/postmortems/2026-11-20/INC-old-1/', $1, 'x', null, null, null)`,
    [minute(-4_320)],
  );
}
