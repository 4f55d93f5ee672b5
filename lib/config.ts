import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { Jira, People, Recipient } from '../lambdas/domain/people.ts';
import { DEFAULT_PREFIX } from '../lambdas/domain/instance.ts';
import { Limits } from '../lambdas/domain/limits.ts';
import { Prices } from '../lambdas/domain/prices.ts';
import { playbookIds, playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { Network } from './config-network.ts';
import { ConfiguredAlarms, Publisher, refuseAlarmsOfOurs } from './config-alarms.ts';
import {
  Estate,
  JOBS,
  leaseOutlastsJobs,
  looksFit,
  LedgerConnection,
  LedgerLogins,
  Pace,
} from '../lambdas/platform/settings.ts';
import { FUNCTIONS } from './names.ts';
import { mistakeInAuthorities } from './ledger-authorities.ts';
import { checked, ConfigError } from '../lambdas/platform/checked.ts';

/** Retentions that CloudWatch Logs takes, in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Who is notified: an e-mail address (its owner confirms to SNS) or an `https:` endpoint that confirms itself. */
const Endpoint = z.union([z.email(), z.url({ protocol: /^https$/ })], {
  error: 'an e-mail address or an https URL',
});

const Ledger = LedgerConnection.omit({ auth: true, actors: true })
  .extend({
    logins: LedgerLogins,
    /** PEM file with the authorities that sign the server's certificate, in place of those of RDS. */
    ca: z.string().min(1).optional(),
  })
  .superRefine(({ ca }, context) => {
    const mistake = ca === undefined ? undefined : mistakeInAuthorities(ca);
    if (mistake !== undefined) context.addIssue({ code: 'custom', path: ['ca'], message: mistake });
  })
  .refine(({ tls, host }) => tls === 'verify' || LOOPBACK.includes(host), {
    path: ['tls'],
    error: '"verify": only a server on loopback may go without a verified certificate',
  });

/** The token is sent there, unencrypted only to a stand-in on this machine. */
const isSafe = (url: URL): boolean => url.protocol === 'https:' || LOOPBACK.includes(url.hostname);

function refuseUnsafe(
  { url: text, secretArn }: { readonly url: string; readonly secretArn: string },
  {
    name,
    query,
    at = [],
  }: {
    readonly name: string;
    readonly query: 'allowed' | 'refused';
    readonly at?: readonly (string | number)[];
  },
  context: z.core.$RefinementCtx<unknown>,
): void {
  const refuse = (key: string, message: string) =>
    context.addIssue({ code: 'custom', path: [...at, key], message });
  if (!secretArn.startsWith('arn:'))
    refuse('secretArn', "the secret's complete ARN: the permission to read it is made from it");
  // Refused already: zod goes on, so that all mistakes are listed at once.
  if (!URL.canParse(text)) return;
  const url = new URL(text);
  if (!isSafe(url)) refuse('url', 'an https URL: only a server on loopback may go without');
  if (url.username || url.password || url.hash || (query === 'refused' && url.search))
    refuse(
      'url',
      `a URL without login${query === 'refused' ? ', query' : ''} and fragment: ${name} is in the secret`,
    );
}

const Tracker = Jira.superRefine((jira, context) =>
  refuseUnsafe(jira, { name: 'the login', query: 'refused' }, context),
);
/** Keys of `estate.jobs`: what the runbook names, and what actions have of their own. */
const jobKeys = new Set([
  ...Object.keys(JOBS),
  ...playbooks.flatMap(({ actions }) => actions.flatMap(({ ownJob }) => ownJob?.key ?? [])),
]);

const CheckedEstate = Estate.superRefine(({ jobs }, context) => {
  const keys = Object.keys(jobs).filter((key) => !jobKeys.has(key));
  if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, path: ['jobs'], input: jobs });
});

/**
 * Two instances in one account and Region differ in it. A bucket's name has 51 characters more, of the 63 that S3
 * takes. No hyphens: one instance's name would be another's, with a longer prefix.
 */
const Prefix = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,11}$/, '2 to 12 characters a-z and 0-9, such as "responder2"')
  .default(DEFAULT_PREFIX);

/** One deployment: what differs between yours, the example's and the sandbox's. */
export const Deployment = z
  .strictObject({
    prefix: Prefix,
    /** No default: a guessed ledger is the wrong ledger. */
    ledger: Ledger,
    estate: CheckedEstate.prefault({}),
    pace: Pace.prefault({}),
    limits: Limits.prefault({}),
    people: People.extend({ jira: Tracker.optional() })
      .superRefine(({ pagers }, context) => {
        for (const [at, one] of pagers.entries())
          refuseUnsafe(
            one,
            { name: 'what proves the sender', query: 'allowed', at: ['pagers', at] },
            context,
          );
      })
      .prefault({}),
    prices: Prices.prefault({}),
    alarms: ConfiguredAlarms.prefault({}),
    publishers: z.array(Publisher).default([]),
    subscriptions: z.partialRecord(Recipient, z.array(Endpoint)).default({}),
    /**
     * Whether messages have a link to a public page that acknowledges the incident. `false` where an organization
     * forbids public function URLs, or the Region has none: messages then name the command alone.
     */
    acknowledge: z.boolean().default(true),
    /** Off: its alarms are recorded, and people notified, but nothing is looked into. Others are on. */
    playbooks: z.partialRecord(z.enum(playbookIds), z.enum(['on', 'off'])).default({}),
    /**
     * Where the functions run that log in to the ledger. Without it they run outside any VPC, and reach only a public
     * ledger.
     */
    network: Network.optional(),
    /**
     * Keys of your own that encrypt what the responder reads or writes: secrets, the report, the warehouse, the bank's
     * queues, tenants' topics, variables of functions. Their key policies must leave it to IAM.
     */
    encryptionKeys: z
      .array(z.string().regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, "a KMS key's ARN (no alias)"))
      .default([]),
    /**
     * Executions at a time that are reserved for a function, and its maximum. AWS leaves 100 of the account's to all
     * others, and a new account has 10 in all: by default nothing is reserved. Where the account has more, reserve for
     * `acknowledge`: anyone may call the public page, and a flood then starves neither other functions nor the ledger.
     */
    concurrency: z.partialRecord(z.enum(FUNCTIONS), z.int().min(1).max(1_000)).default({}),
    /**
     * A workgroup of Athena for the responder alone, with its own place for results and a limit of what a query may
     * scan. `false`: it queries in `estate.athena.workgroup`, as its owner has set that up.
     */
    ownWorkgroup: z
      .union([
        z.literal(false),
        z.strictObject({
          scanLimitGb: z.int().min(1).max(10_000).default(100),
          resultDays: z.int().min(1).max(365).default(7),
        }),
      ])
      .default({ scanLimitGb: 100, resultDays: 7 }),
    logRetentionDays: z.literal(LOG_RETENTION_DAYS).default(90),
    schedules: z
      .strictObject({
        signalsMinutes: z.int().min(1).max(60).default(5),
        sweepMinutes: z.int().min(1).max(60).default(10),
        /** Local time in `limits.freeze.zone` at which yesterday's report is made. */
        reportAt: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "07:00"')
          .default('07:00'),
      })
      .prefault({}),
    /** How long one run may last, waits and approvals included; AWS's limit is a year. */
    runDays: z.int().min(7).max(365).default(7),
    /** Financial rule 5 requires at least 24. */
    evidenceMonths: z.int().min(24).default(24),
    /** Whether evidence and its key outlive the stack. `false` only for throw-away stacks. */
    keepData: z.boolean().default(true),
  })
  .superRefine(refuseAlarmsOfOurs)
  .refine(leaseOutlastsJobs.holds, leaseOutlastsJobs)
  .refine(looksFit.holds, looksFit)
  .refine(({ alarms, publishers }) => alarms.topic === undefined || publishers.length === 0, {
    path: ['publishers'],
    error:
      'none beside alarms.topic: the policies of that topic and of its key are its owner’s; change them there',
  });
export type Deployment = z.infer<typeof Deployment>;

/**
 * The configuration, from the value of the CDK context key `responder`: an object (cdk.json), or from the command
 * line (`-c responder=…`) its JSON or the path of a JSON file.
 * @throws ConfigError with every mistake at once
 */
export function readConfig(context: unknown): Deployment {
  const { value, source } = typeof context === 'string' ? fromText(context) : fromObject(context);
  const read = checked(Deployment, value);
  if ('data' in read) return read.data;
  throw new ConfigError(source, read.mistakes);
}

function fromObject(value: unknown): { value: unknown; source: string } {
  return { value: value ?? {}, source: 'the context key "responder" (cdk.json)' };
}

function fromText(text: string): { value: unknown; source: string } {
  const inline = text.trimStart().startsWith('{');
  const source = inline ? 'the option -c responder=…' : `the file ${text}`;
  try {
    return { value: JSON.parse(inline ? text : readFileSync(text, 'utf8')) as unknown, source };
  } catch (cause) {
    throw new ConfigError(source, unreadable(cause), { cause });
  }
}

/** A parser's message may quote the text around the fault, which may be a secret: only the position is shown. */
function unreadable(cause: unknown): string {
  const fault = cause instanceof Error ? cause.message : String(cause);
  const place = cause instanceof SyntaxError ? (/position \d+/.exec(fault)?.[0] ?? 'its end') : undefined;
  return place === undefined
    ? `✖ Wanted a readable JSON file; got ${fault}`
    : `✖ Wanted JSON; got a text that is none at ${place}`;
}
