import * as z from 'zod';
import { EscalationMessage } from '../../domain/escalation-message.ts';
import { SEVERITIES } from '../../domain/decision.ts';
import { TRUST_LEVELS } from '../../domain/limits.ts';

/**
 * All of the report as plain data: text and page are made from this alone, and a test compares it with
 * the ledger. Times are ISO 8601 in UTC, durations whole seconds, money USD as decimal text.
 */

const Time = z.iso.datetime();
const Count = z.int().min(0);
const Seconds = Count.nullable();
const Usd = z.string().regex(/^\d+\.\d+$/);
const Severity = z.enum(SEVERITIES);
const Episode = { incident: z.string(), episode: z.int().min(1) };

const Incident = z.strictObject({
  ...Episode,
  playbook: z.string(),
  target: z.string(),
  severity: Severity,
  openedAt: Time,
  openedThatDay: z.boolean(),
  acknowledgedAt: Time.nullable(),
  acknowledgedBy: z.string().nullable(),
  secondsToAcknowledge: Seconds,
  /** Null: open at the day's end. */
  closedAt: Time.nullable(),
  closedBy: z.enum(['machine', 'itself', 'called', 'people']).nullable(),
  secondsToRepair: Seconds,
  /** Since when the business had the fault, where its alarm measures an age; and for how long, until the closing. */
  faultBegan: Time.nullable(),
  faultSeconds: Seconds,
  /** The run that opened it. */
  run: z.string(),
  /** From its opening to the day's end. */
  ageSeconds: Count,
});
export type Incident = z.infer<typeof Incident>;

const Span = z.strictObject({
  opened: Count,
  closed: Count,
  byMachine: Count,
  byPeople: Count,
  runs: Count,
  resolved: Count,
  repaired: Usd,
});

export const MonthClose = z.strictObject({
  month: z.string(),
  steps: z.array(
    z.strictObject({
      name: z.enum(['costs', 'allocation', 'reconciliation', 'closing', 'invoices']),
      done: z.boolean(),
      says: z.string().nullable(),
      /** Open, on this step and month. */
      incident: z.string().nullable(),
    }),
  ),
});
export type MonthClose = z.infer<typeof MonthClose>;

export const Blocked = z.strictObject({
  usd: Usd,
  count: Count,
  items: z.array(z.strictObject({ kind: z.enum(['reconciliation', 'invoice']), what: z.string(), usd: Usd })),
});
export type Blocked = z.infer<typeof Blocked>;

const Figures = z.strictObject({
  day: z.strictObject({ date: z.iso.date(), zone: z.string(), from: Time, until: Time }),
  /** Open at any time of the day. */
  incidents: z.array(Incident),
  severities: z.array(
    z.strictObject({
      severity: Severity,
      opened: Count,
      open: Count,
      closed: Count,
      medianToAcknowledge: Seconds,
      medianToRepair: Seconds,
    }),
  ),
  /** Ended on the day. */
  runs: z.array(
    z.strictObject({
      playbook: z.string(),
      mode: z.enum(['live', 'dry-run']),
      outcome: z.string(),
      count: Count,
    }),
  ),
  atWork: Count,
  money: z.strictObject({
    atRisk: Usd,
    repaired: Usd,
    byPlaybook: z.array(
      z.strictObject({
        playbook: z.string(),
        plans: Count,
        /** Plans without a known amount: they are in neither sum. */
        unforeseen: Count,
        atRisk: Usd,
        repaired: Usd,
      }),
    ),
  }),
  refused: z.array(
    z.strictObject({
      guard: z.string(),
      playbook: z.string(),
      runs: Count,
      /** Of the last refusal. */
      figures: z.string(),
      lastRun: z.string(),
    }),
  ),
  approvals: z.strictObject({
    asked: Count,
    given: Count,
    refused: Count,
    expired: Count,
    void: Count,
    waiting: z.array(
      z.strictObject({
        id: z.string(),
        run: z.string(),
        playbook: z.string(),
        people: z.int(),
        given: Count,
        expiresAt: Time,
      }),
    ),
  }),
  told: z.strictObject({
    due: Count,
    inTime: Count,
    late: Count,
    untold: Count,
    failings: z.array(
      z.strictObject({
        ...Episode,
        message: EscalationMessage,
        recipient: z.string(),
        dueAt: Time,
        toldAt: Time.nullable(),
        tries: Count,
        why: z.string().nullable(),
      }),
    ),
  }),
  exhausted: z.array(z.strictObject({ ...Episode, severity: Severity, level: Count, at: Time })),
  postmortems: z.strictObject({
    signed: Count,
    unsigned: z.array(
      z.strictObject({
        ...Episode,
        severity: Severity,
        draftedAt: Time.nullable(),
        prefix: z.string().nullable(),
        dueAt: Time,
        overdue: z.boolean(),
      }),
    ),
  }),
  /** Null is unknown, not zero. */
  cost: z.strictObject({
    operations: z.strictObject({ count: Count, runs: Count, uncounted: Count, usd: Usd }),
    lambda: z
      .strictObject({
        invocations: Count,
        gbSeconds: z.string(),
        usd: Usd,
        /** Functions without figures in CloudWatch. */
        unknown: z.array(z.string()),
      })
      .nullable(),
    athena: z.strictObject({ queries: Count, bytes: Count, chargedBytes: Count, usd: Usd }).nullable(),
    /** Of a day on which nothing happens: alarms, metrics, key, secrets. */
    fixed: z.strictObject({ perMonth: z.string(), usd: Usd }),
    /** Of what is known. */
    usd: Usd,
  }),
  /** From the first moment of the week, and of the month, to the day's end. */
  toDate: z.strictObject({ week: Span, month: Span }),
  /** Days up to this one. */
  trend: z.array(
    z.strictObject({
      date: z.iso.date(),
      opened: z.record(Severity, Count),
      medianToAcknowledge: Seconds,
      medianToRepair: Seconds,
      operations: Count,
    }),
  ),
});

export const ReportFigures = Figures.extend({
  /** As of writing; the rest is as of the day's end. */
  now: z.strictObject({
    at: Time,
    /** Null is unknown. */
    close: MonthClose.nullable(),
    blocked: Blocked.nullable(),
    /** Planned on the day and not repaired, and blocked now. */
    atRisk: Usd,
    switches: z.array(z.strictObject({ scope: z.string(), since: Time, by: z.string(), reason: z.string() })),
    playbooks: z.array(
      z.strictObject({
        playbook: z.string(),
        /** Null: the configured level. */
        trust: z.enum(TRUST_LEVELS).nullable(),
        breakerSince: Time.nullable(),
        breakerWhy: z.string().nullable(),
      }),
    ),
    /** Of all other playbooks. */
    initialTrust: z.enum(TRUST_LEVELS),
    /** Episodes that were open at the day's end. */
    closedSince: z.array(z.strictObject(Episode)),
    acknowledgedSince: z.array(z.strictObject(Episode)),
  }),
});
export type ReportFigures = z.infer<typeof ReportFigures>;
export type Cost = ReportFigures['cost'];

export type Episode = { readonly incident: string; readonly episode: number };
export const isAmong = (episodes: readonly Episode[], { incident, episode }: Episode): boolean =>
  episodes.some((one) => one.incident === incident && one.episode === episode);

/** SEV-3 and SEV-4 open at the day's end, oldest first: the runbook tracks them in this report. */
export const backlogOf = ({ incidents }: ReportFigures): Incident[] =>
  incidents
    .filter(({ severity, closedAt }) => closedAt === null && (severity === 'SEV-3' || severity === 'SEV-4'))
    .sort((a, b) => b.ageSeconds - a.ageSeconds);
