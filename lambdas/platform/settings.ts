import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { checked, ConfigError } from './checked.ts';
import { CostNames } from './cost-names.ts';
import { DEFAULT_PREFIX } from '../domain/instance.ts';
import { People } from '../domain/people.ts';
import { Limits } from '../domain/limits.ts';
import { Prices } from '../domain/prices.ts';

const name = (fallback: string, least = 1) => z.string().min(least).default(fallback);

/** May be left out as a whole, since each of its members has a default. */
const group = <S extends Readonly<Record<string, z.ZodDefault>>>(shape: S) =>
  z.strictObject(shape).prefault({} as z.input<z.ZodObject<S>>);

/** Lambda functions of Commercial-Ops, by their name in the runbook. */
export const JOBS = {
  allocation: name('allocation_runner'),
  tagSync: name('tag_sync'),
  tagValidator: name('tag_validator'),
  budgetRefresh: name('budget_refresh_prod'),
  reconciliation: name('recon_runner'),
  invoiceEmitter: name('invoice_emitter'),
  curIngestion: name('cur_ingestion'),
  dashboardRefresher: name('dashboard_refresher'),
};

const PERSONAL_FIELDS = [
  'name payer payer_name payerName customer customer_name customerName account_holder accountHolder',
  'first_name firstName last_name lastName full_name fullName debtor creditor beneficiary',
  'iban bic email phone address',
].flatMap((names) => names.split(' '));

/** Names and places of Commercial-Ops that probes read and actions change. Defaults are the runbook's. */
export const Estate = z.strictObject({
  cur: group({
    bucket: name('cur-bucket', 3).describe('bucket AWS delivers the report to'),
    prefix: z
      .string()
      .regex(/^[\w!\-.*'()/]*$/, "AWS's characters of a prefix: a-z, A-Z, 0-9 and !-_.*'()/")
      .overwrite((text) => text.replace(/\/+$/, ''))
      .default('cur-prefix')
      .describe('prefix of the report; may be empty'),
    name: z
      .string()
      .regex(/^[\w!\-.*'()]+$/, "AWS's characters of a name: a-z, A-Z, 0-9 and !-_.*'()")
      .default('commercial-ops-cur')
      .describe('name of the report or export'),
    layout: z
      .enum(['by-month', 'cur', 'data-export'])
      .default('by-month')
      .describe(
        'folders of the report: by month as the runbook has them, a legacy Cost and Usage Report, or an export of CUR 2.0 or FOCUS',
      ),
  }),
  costs: CostNames.prefault({}),
  athena: group({
    database: name('commercial_ops'),
    /** Of Commercial-Ops: its jobs query in it, and so does the responder, unless it has one of its own. */
    workgroup: name('commercial-ops'),
    /** Parquet of the Glue job: what the table `fact_cost_raw` reads. */
    warehouseBucket: name('commercial-ops-warehouse', 3),
    warehousePrefix: name('fact_cost_raw'),
    /** Where the responder's results go in that workgroup; queries need the right to write there. */
    resultsBucket: name('commercial-ops-athena-results', 3),
    resultsPrefix: z.string().default('responder').describe('prefix of results, without slashes at its ends'),
    lakeFormation: z
      .boolean()
      .default(false)
      .describe('whether Lake Formation governs the table: grant the roles select on it, too'),
  }),
  ingestion: group({
    job: name('cur_ingest_prod').describe('Glue job'),
    role: name('cur-ingest-prod').describe('IAM role of the Glue job: its path, if it has one, and its name'),
    logGroup: name('/aws/lambda/commercial-ops-cur-ingestion'),
  }),
  jobs: z
    .strictObject(JOBS)
    // What an action starts that is its own job: `ownJob`. The configuration is held to those that there are.
    .catchall(z.string().min(1))
    .prefault({}),
  logGroups: group({
    budgetRefresh: name('/aws/lambda/budget-refresh'),
    invoiceEmitter: name('/aws/lambda/invoice_emitter'),
    auditWriter: name('/aws/lambda/audit-event-writer'),
    payments: name('/aws/lambda/payment_webhook'),
    runners: name('/aws/lambda/runner_dispatcher'),
  }),
  personalFields: z
    .array(z.string().regex(/^[\w.-]{1,64}$/))
    .default(PERSONAL_FIELDS)
    .describe('fields of log lines whose values are about persons: evidence does not keep them'),
  /** Names of Commercial-Ops' SNS topics. */
  notices: group({
    budgets: name('tenant-budget-alerts').describe('tenants hear of their budgets here'),
    tenants: name('tenant-notices').describe('tenants hear of their quotas here'),
    provisioning: name('provisioning-requests').describe('the provisioning service listens here'),
  }),
  /** Names of the SQS queues with the bank's payment events. */
  payments: group({
    queue: name('bank-webhooks'),
    deadLetters: name('bank-webhooks-dead'),
  }),
  runners: group({
    queue: name('runner-jobs').describe('SQS queue of jobs that wait for a runner'),
    group: name('commercial-ops-runners').describe('Auto Scaling group of the runners'),
    natGateway: name('nat-0a1b2c3d4e5f60718').describe('NAT gateway that the runners use'),
  }),
});
export type Estate = z.infer<typeof Estate>;

/** How long the engine waits, in seconds. */
export const Pace = z.strictObject({
  poll: z
    .int()
    .min(1)
    .max(900)
    .default(60)
    .describe(
      'seconds after which a job that we wait for is checked; later checks are up to four times as far apart',
    ),
  jobLimit: z.int().min(1).max(86_400).default(2_700).describe('seconds a job may take: 45 minutes'),
  settle: z.int().min(1).max(900).default(60).describe('seconds before an interrupted call is looked for'),
  recordRetry: z
    .int()
    .min(1)
    .max(3_600)
    .default(300)
    .describe('seconds between tries while the ledger is away'),
  slowSignals: z
    .int()
    .min(60)
    .max(86_400)
    .default(3_600)
    .describe('seconds between two measurements of a signal that reads every cost line, while it is healthy'),
});
export type Pace = z.infer<typeof Pace>;

export const LedgerAuth = z.discriminatedUnion('kind', [
  /** The name of a Secrets Manager secret whose JSON has the user's `password`. */
  z.strictObject({ kind: z.literal('secret'), user: z.string().min(1), secret: z.string().min(1) }),
  /** An `rds-db:connect` token, signed for each connection. */
  z.strictObject({ kind: z.literal('iam'), user: z.string().min(1), resourceId: z.string().min(1) }),
]);
export type LedgerAuth = z.infer<typeof LedgerAuth>;

/** Stands for the login's name in the name of its secret. */
const LOGIN = '{login}';

/** How all functions log in, each as itself: their users are named by `responder_<function>`. */
export const LedgerLogins = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('secret'),
    secret: z.string().regex(/^[\w/+=.@-]*\{login\}[\w/+=.@-]*$/, {
      error: 'the name of each login\'s secret with {login} in it, e.g. "commercial-ops/{login}"; no ARN',
    }),
  }),
  z.strictObject({ kind: z.literal('iam'), resourceId: z.string().min(1) }),
]);
export type LedgerLogins = z.infer<typeof LedgerLogins>;

/** @param of a function of the responder, or an action that changes the ledger */
export function loginOf(logins: LedgerLogins, of: string): LedgerAuth {
  const user = `responder_${of.replaceAll('-', '_')}`;
  return logins.kind === 'iam'
    ? { kind: 'iam', user, resourceId: logins.resourceId }
    : { kind: 'secret', user, secret: logins.secret.replace(LOGIN, user) };
}

export const LedgerConnection = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5_432),
  database: z.string().min(1).default('commercial_ops'),
  /** The function's own login. */
  auth: LedgerAuth,
  /** For an accepted plan, each action changes Commercial-Ops' tables by a login of its own. */
  actors: LedgerLogins,
  /** `off` is accepted only for a server on loopback; elsewhere the certificate is verified. */
  tls: z.enum(['verify', 'off']).default('verify'),
});
export type LedgerConnection = z.infer<typeof LedgerConnection>;

/** From a job's time limit until anything in doubt has been reconciled. */
export const AFTER_JOB_SECONDS = 900;

/** A shorter lease would give its locks away while the job still works. */
export const leaseOutlastsJobs = {
  holds: ({ pace, limits }: { pace: Pace; limits: Limits }): boolean =>
    limits.leaseMinutes * 60 >= pace.jobLimit + AFTER_JOB_SECONDS,
  path: ['limits', 'leaseMinutes'],
  error: `at least pace.jobLimit and ${AFTER_JOB_SECONDS / 60} minutes: a lock must outlast the job that it is held for`,
};

/** How long a run tries to record its end while the ledger is away: it lives at least a week (`runDays`). */
export const LATE_RECORD_SECONDS = 6 * 86_400;

/** AWS ends an execution at 3,000 operations, and each further look of a poll is one: the rest is for the run's steps. */
const MOST_LOOKS = 2_000;

/** The two longest polls of a run. */
export const looksFit = {
  holds: ({ pace: { poll, jobLimit, recordRetry } }: { pace: Pace }): boolean =>
    Math.ceil(jobLimit / poll) + Math.ceil(LATE_RECORD_SECONDS / recordRetry) <= MOST_LOOKS,
  path: ['pace'],
  error:
    `pace.jobLimit / pace.poll and ${LATE_RECORD_SECONDS / 86_400} days / pace.recordRetry together at most ${MOST_LOOKS}: ` +
    'each check is a durable operation, and AWS ends a run at 3,000; check less often',
};

/** An alarm of the account that starts a playbook, in place of one that the stack would make. */
export const ExistingAlarm = z.strictObject({
  existing: z.string().min(1).max(255).describe('name of the alarm in CloudWatch'),
  /** When its periods are not those of the alarm that it replaces: a repair waits for its OK as long as they last. */
  periodMinutes: z.int().min(1).max(1_440).optional(),
  evaluationPeriods: z.int().min(1).max(1_440).optional(),
});
export type ExistingAlarm = z.infer<typeof ExistingAlarm>;

/**
 * Accounts and Regions whose alarms count beside our own. Alarms are read back where this responder runs, and nowhere
 * else: one from there is looked into by a dry run, and SRE is notified.
 */
export const Alarms = z.strictObject({
  elsewhere: z
    .array(
      z.strictObject({
        account: z.string().regex(/^\d{12}$/, 'twelve digits'),
        regions: z
          .array(z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'a Region such as "eu-central-1"'))
          .min(1),
      }),
    )
    .default([]),
  /** By the name of a playbook's alarm: the alarm of the account that stands in its place. */
  existing: z.record(z.string(), ExistingAlarm).default({}),
  /** ARN of the account's topic that takes the place of ours. */
  topic: z.string().optional(),
  /** Further ones that alarms of the account publish to. */
  topics: z.array(z.string()).default([]),
});
export type Alarms = z.infer<typeof Alarms>;

/** By playbook. One that is off is not rehearsed either: what Commercial-Ops does not offer cannot be probed. */
export const Playbooks = z.partialRecord(z.string(), z.enum(['on', 'off']));

/** Why no run of a playbook diagnoses, as far as the configuration says. */
export const offByConfiguration = (
  playbook: string,
  { playbooks }: Pick<Settings, 'playbooks'>,
): string | undefined =>
  playbooks[playbook] === 'off'
    ? `${playbook} is off in the configuration: remove "playbooks": {"${playbook}": "off"}, and deploy`
    : undefined;

/** Everything that a function gets from its stack: see `settingsFromEnvironment`. */
export const Settings = z
  .strictObject({
    partition: z.string().min(1),
    region: z.string().min(1),
    account: z.string().min(1),
    /** Of the names of this instance. */
    prefix: z.string().min(1).default(DEFAULT_PREFIX),
    estate: Estate,
    ledger: LedgerConnection,
    pace: Pace,
    limits: Limits,
    people: People,
    prices: Prices.prefault({}),
    alarms: Alarms.prefault({}),
    playbooks: Playbooks.default({}),
    /** ARNs of the customer's keys, which encrypt what the responder reads and writes. */
    encryptionKeys: z.array(z.string()).default([]),
    topics: z.strictObject({
      alarms: z.string(),
      sre: z.string(),
      finops: z.string(),
      /** The second escalation level and the last. */
      lead: z.string(),
      management: z.string(),
    }),
    /** Qualified ARN (alias `live`) of the durable runner. */
    runner: z.string(),
    /** Qualified ARN of the same code under a role that cannot act: for dry runs. */
    rehearser: z.string(),
    /** Qualified ARN of the durable function that calls people. */
    escalation: z.string(),
    /** Name of the function that measures the business metrics. */
    signals: z.string(),
    /** Names of the responder's own functions; the daily report gives their cost. */
    functions: z.array(z.string()).default([]),
    /** ARN of the role that the runner assumes to act. */
    actorRole: z.string(),
    /** The responder's own workgroup of Athena, where it has one, and where its results go. */
    queries: z.strictObject({ workgroup: z.string(), bucket: z.string(), prefix: z.string() }).optional(),
    /** Bucket for evidence bodies, unrecognised messages, and callbacks of runs that wait for an OK. */
    bucket: z.string(),
    /** Bucket under Object Lock, for the audit's anchors. */
    anchors: z.string(),
    /** Name of the function that alone writes anchors. */
    anchor: z.string(),
    /** Name of the secret that signs anchors. */
    anchorKey: z.string(),
    /** Name of the secret that signs links to acknowledge. */
    linkKey: z.string(),
    /** Before `/<door>`: names of the secrets that sign orders between functions. */
    orderKey: z.string(),
  })
  .refine(leaseOutlastsJobs.holds, leaseOutlastsJobs);
export type Settings = z.infer<typeof Settings>;

/** Lies beside the code: settings that are known at synthesis. */
export const DEPLOYMENT_FILE = 'deployment.json';

/** Lies beside the code: PEM of the authorities that sign the ledger's certificate. */
export const LEDGER_AUTHORITIES = 'ledger-authorities.pem';

/** What the deployment file holds. Lambda's environment takes 4,096 bytes, and people alone may need more. */
export const IN_DEPLOYMENT_FILE = [
  'estate',
  'pace',
  'limits',
  'people',
  'prices',
  'alarms',
  'playbooks',
  'encryptionKeys',
] as const;

/**
 * The settings that the stack gave this function: its deployment file, and over it `RESPONDER_SETTINGS`, which has what
 * is known only at deployment.
 * @throws one error that names every mistake
 */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv = process.env): Settings {
  const text = env['RESPONDER_SETTINGS'];
  if (!text) throw unset('RESPONDER_SETTINGS is not set; wanted the JSON that the stack writes');
  const file = join(env['LAMBDA_TASK_ROOT'] ?? '', DEPLOYMENT_FILE);
  return settingsOf(existsSync(file) ? parsed(file, readFileSync(file, 'utf8')) : {}, text);
}

/** @param text of `RESPONDER_SETTINGS`; each of its keys replaces the deployment file's */
export function settingsOf(deployment: unknown, text: string): Settings {
  const value = parsed('RESPONDER_SETTINGS', text);
  const whole = typeof value === 'object' && value !== null ? { ...(deployment as object), ...value } : value;
  const read = checked(Settings, whole);
  if ('data' in read) return read.data;
  throw new ConfigError(`RESPONDER_SETTINGS and ${DEPLOYMENT_FILE}, which the stack writes`, read.mistakes);
}

function parsed(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unset(`${what} is no JSON; wanted what the stack writes`, { cause });
  }
}

const unset = (fault: string, options?: ErrorOptions): Error =>
  new Error(`${fault}: deploy with CDK, not by hand`, options);
