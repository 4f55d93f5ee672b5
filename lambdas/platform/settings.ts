import * as z from 'zod';
import { checked, ConfigError } from './checked.ts';
import { People } from '../domain/people.ts';
import { Limits } from '../domain/limits.ts';
import { Prices } from '../domain/prices.ts';

/** Lambda functions of Commercial-Ops, by what the runbook calls them. */
export const JOBS = {
  allocation: z.string().min(1).default('allocation_runner'),
  tagSync: z.string().min(1).default('tag_sync'),
  tagValidator: z.string().min(1).default('tag_validator'),
  budgetRefresh: z.string().min(1).default('budget_refresh_prod'),
  reconciliation: z.string().min(1).default('recon_runner'),
  invoiceEmitter: z.string().min(1).default('invoice_emitter'),
  curIngestion: z.string().min(1).default('cur_ingestion'),
  dashboardRefresher: z.string().min(1).default('dashboard_refresher'),
};

/**
 * Commercial-Ops as the responder meets it: the names and places that probes look at and actions change.
 * The defaults are the runbook's.
 */
export const Estate = z.strictObject({
  cur: z
    .strictObject({
      bucket: z.string().min(3).default('cur-bucket').describe('bucket AWS delivers the report to'),
      prefix: z.string().min(1).default('cur-prefix').describe('report prefix, without slashes at its ends'),
    })
    .prefault({}),
  athena: z
    .strictObject({
      database: z.string().min(1).default('commercial_ops'),
      workgroup: z.string().min(1).default('commercial-ops'),
      /** Glue job's Parquet: what the table `fact_cost_raw` reads. */
      warehouseBucket: z.string().min(3).default('commercial-ops-warehouse'),
      warehousePrefix: z.string().min(1).default('fact_cost_raw'),
      /** Where Athena writes results; the responder needs to write there to query at all. */
      resultsBucket: z.string().min(3).default('commercial-ops-athena-results'),
    })
    .prefault({}),
  ingestion: z
    .strictObject({
      job: z.string().min(1).default('cur_ingest_prod').describe('Glue job'),
      role: z.string().min(1).default('cur-ingest-prod').describe('name of the IAM role of the Glue job'),
      logGroup: z.string().min(1).default('/aws/lambda/commercial-ops-cur-ingestion'),
    })
    .prefault({}),
  jobs: z
    .strictObject(JOBS)
    // What an action starts that is its own job: `ownJob`. The configuration is held to those that there are.
    .catchall(z.string().min(1))
    .prefault({}),
  logGroups: z
    .strictObject({
      budgetRefresh: z.string().min(1).default('/aws/lambda/budget-refresh'),
      invoiceEmitter: z.string().min(1).default('/aws/lambda/invoice_emitter'),
      auditWriter: z.string().min(1).default('/aws/lambda/audit-event-writer'),
      payments: z.string().min(1).default('/aws/lambda/payment_webhook'),
      runners: z.string().min(1).default('/aws/lambda/runner_dispatcher'),
    })
    .prefault({}),
  /** Names of SNS topics that Commercial-Ops brings. */
  notices: z
    .strictObject({
      budgets: z
        .string()
        .min(1)
        .default('tenant-budget-alerts')
        .describe('tenants hear of their budgets here'),
      tenants: z.string().min(1).default('tenant-notices').describe('tenants hear of their quotas here'),
      provisioning: z
        .string()
        .min(1)
        .default('provisioning-requests')
        .describe('the provisioning service listens here'),
    })
    .prefault({}),
  /** Names of SQS queues that bring the bank's payment events. */
  payments: z
    .strictObject({
      queue: z.string().min(1).default('bank-webhooks'),
      deadLetters: z.string().min(1).default('bank-webhooks-dead'),
    })
    .prefault({}),
  runners: z
    .strictObject({
      queue: z.string().min(1).default('runner-jobs').describe('SQS queue of jobs that wait for a runner'),
      group: z
        .string()
        .min(1)
        .default('commercial-ops-runners')
        .describe('Auto Scaling group of the runners'),
      natGateway: z
        .string()
        .min(1)
        .default('nat-0a1b2c3d4e5f60718')
        .describe('NAT gateway that the runners use'),
    })
    .prefault({}),
});
export type Estate = z.infer<typeof Estate>;

/** How long the engine waits for what. All in seconds. */
export const Pace = z.strictObject({
  poll: z.int().min(1).max(900).default(60).describe('seconds between two looks at a job that we wait for'),
  jobLimit: z.int().min(1).max(86_400).default(2_700).describe('seconds a job may take: 45 minutes'),
  settle: z.int().min(1).max(900).default(60).describe('seconds before an interrupted call is looked for'),
  recordRetry: z
    .int()
    .min(1)
    .max(3_600)
    .default(300)
    .describe('seconds between tries while the ledger is away'),
});
export type Pace = z.infer<typeof Pace>;

/** How a login proves itself. */
export const LedgerAuth = z.discriminatedUnion('kind', [
  /** A Secrets Manager secret whose JSON has the user's `password`. */
  z.strictObject({ kind: z.literal('secret'), user: z.string().min(1), secretArn: z.string().min(1) }),
  /** A token of `rds-db:connect`, signed anew for every connection. */
  z.strictObject({ kind: z.literal('iam'), user: z.string().min(1), resourceId: z.string().min(1) }),
]);
export type LedgerAuth = z.infer<typeof LedgerAuth>;

export const LedgerConnection = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5_432),
  database: z.string().min(1).default('commercial_ops'),
  /** Looks, and keeps the record. */
  auth: LedgerAuth,
  /** Changes Commercial-Ops' tables, for an accepted plan only: a login of its own, with grants on single columns. */
  actor: LedgerAuth,
  /** Looks, and keeps the record of rehearsals: may write schema `responder` alone, the audit trail neither. */
  rehearser: LedgerAuth,
  /** `off` is taken only for a server on loopback; anywhere else the certificate is verified. */
  tls: z.enum(['verify', 'off']).default('verify'),
});
export type LedgerConnection = z.infer<typeof LedgerConnection>;

/** From the end of a job's time until what is in doubt has been looked for. */
export const AFTER_JOB_SECONDS = 900;

/** A lease that ends before the job that it is held for would give its locks away while the job is at work. */
export const leaseOutlastsJobs = {
  holds: ({ pace, limits }: { pace: Pace; limits: Limits }): boolean =>
    limits.leaseMinutes * 60 >= pace.jobLimit + AFTER_JOB_SECONDS,
  path: ['limits', 'leaseMinutes'],
  error: `at least pace.jobLimit and ${AFTER_JOB_SECONDS / 60} minutes: a lock must outlast the job that it is held for`,
};

/** Everything a function is told by its stack: the JSON of the environment variable `RESPONDER_SETTINGS`. */
export const Settings = z
  .strictObject({
    partition: z.string().min(1),
    region: z.string().min(1),
    account: z.string().min(1),
    estate: Estate,
    ledger: LedgerConnection,
    pace: Pace,
    limits: Limits,
    people: People,
    prices: Prices.prefault({}),
    topics: z.strictObject({
      alarms: z.string(),
      sre: z.string(),
      finops: z.string(),
      /** Whom the second rung calls, and the last. */
      lead: z.string(),
      management: z.string(),
    }),
    /** Qualified ARN (alias `live`) of the durable runner. */
    runner: z.string(),
    /** Qualified ARN of the same code under a role that cannot act: dry runs. */
    rehearser: z.string(),
    /** Qualified ARN of the durable function that calls people. */
    escalation: z.string(),
    /** Name of the function that measures the business metrics. */
    signals: z.string(),
    /** Names of all functions of the responder: what they cost is told by the daily report. */
    functions: z.array(z.string()).default([]),
    /** ARN of the role that the runner assumes to act. */
    actorRole: z.string(),
    /** Bucket for evidence bodies, unrecognised messages, and the callbacks of runs that wait for an OK. */
    bucket: z.string(),
    /** Bucket under Object Lock, for the audit's anchors. */
    anchors: z.string(),
    /** Name of the secret that signs the links to acknowledge. */
    linkKey: z.string(),
  })
  .refine(leaseOutlastsJobs.holds, leaseOutlastsJobs);
export type Settings = z.infer<typeof Settings>;

/**
 * The settings that the stack gave this function.
 * @throws one error that names every mistake
 */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv = process.env): Settings {
  const text = env['RESPONDER_SETTINGS'];
  if (!text) {
    throw new Error(
      'RESPONDER_SETTINGS is not set; wanted the JSON that the stack writes: deploy with CDK, not by hand',
    );
  }
  const value = parsed(text);
  const read = checked(Settings, value);
  if ('data' in read) return read.data;
  throw new ConfigError('RESPONDER_SETTINGS, which the stack writes', read.mistakes);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      'RESPONDER_SETTINGS is no JSON; wanted what the stack writes: deploy with CDK, not by hand',
      {
        cause,
      },
    );
  }
}
