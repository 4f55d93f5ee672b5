import type * as z from 'zod';
import { AUTHORITY } from '../emulator/postgres/authority.ts';
import type { FunctionVersion } from '../emulator/lambda/functions.ts';
import { Limits } from '../lambdas/domain/limits.ts';
import { People, VERBS, type Verb } from '../lambdas/domain/people.ts';
import { CUSTOMER_KEY } from './commercial-ops/customer-key.ts';
import { SHAPES, type ShapeName } from './commercial-ops/report-shape.ts';
import {
  Pace,
  settingsFromEnvironment,
  type LedgerConnection,
  type Settings,
} from '../lambdas/platform/settings.ts';

const listed = (name: string, may: readonly Verb[], arns: readonly string[] = []) => ({
  name,
  arns: [`arn:aws:iam::012345678901:user/${name}`, ...arns],
  may: [...may],
});

/** The deployment that the sandbox stands for: an account with the runbook's own names, and a ledger on loopback. */
export const SANDBOX_CONFIG = {
  ledger: {
    host: '127.0.0.1',
    database: 'commercial_ops',
    ca: AUTHORITY,
    logins: { kind: 'secret', secret: 'commercial-ops/{login}' },
  },
  subscriptions: {
    sre: ['sre-one@example.com'],
    finops: ['finops-one@example.com'],
    lead: ['lead@example.com'],
    management: ['management@example.com'],
  },
  people: {
    commanders: [
      // By Identity Center, too: it is one person all the same.
      listed('sre-one', VERBS, [
        'arn:aws:sts::012345678901:assumed-role/AWSReservedSSO_Sre_*/sre-one@example.com',
      ]),
      ...['sre-two', 'finops-one'].map((name) => listed(name, VERBS)),
      listed('auditor', ['look']),
    ],
    jira: {
      // Of the sandbox itself, on a port that only a running one knows.
      url: 'http://127.0.0.1/_jira',
      project: 'OPS',
      secretArn: 'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/jira-StUvWx',
    },
    pagers: (['pagerduty', 'webhook'] as const).map((kind) => ({
      kind,
      name: kind,
      url: `http://127.0.0.1/_pager/${kind}`,
      secretArn: `arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/${kind}-StUvWx`,
    })),
  },
  // The public page may be flooded here, too.
  concurrency: { acknowledge: 5 },
  // Everything of Commercial-Ops is encrypted with a key of its own.
  encryptionKeys: [CUSTOMER_KEY],
  // Its report is small: every signal is measured each time, and no fault waits an hour for its alarm.
  pace: { slowSignals: 60 },
  // Its operator trusts every playbook; a deployment of your own begins in the shadow.
  limits: { trust: { initial: 'auto' } },
};

/** What the sandbox's configuration says of the report, as AWS delivers it. */
export const estateFor = (report: ShapeName) => ({ cur: { layout: SHAPES[report].layout } });

export const configFor = (report: ShapeName) => ({ ...SANDBOX_CONFIG, estate: estateFor(report) });

export const JIRA_SECRET = SANDBOX_CONFIG.people.jira.secretArn;

/** As a deployment's configuration has them; what is left out is the default. */
export type LimitsInput = z.input<typeof Limits>;

/** What only a running sandbox knows of its deployment. */
export interface Here {
  readonly port: number;
  readonly database: string;
  /** `off`: its server is somebody's own, and shows nothing that the sandbox's authority has signed. */
  readonly tls: LedgerConnection['tls'];
  /** Base URL of the stand-in for Jira. */
  readonly jira: string;
  /** Base URL of the stand-ins for pagers; without it no pager is sent anything. */
  readonly pagers?: string;
  /** For tests that need other waits than production's. */
  readonly pace?: Partial<Pace>;
  /** For drills on which the operator's own limits must bite. Each named part takes the place of the sandbox's. */
  readonly limits?: LimitsInput;
}

/**
 * A function's environment with the ledger and Jira where this sandbox has it. Everything else is as it gets deployed: the
 * template is made without knowing the port, so that it can be kept from one start to the next.
 */
export function settledHere(
  environment: Readonly<Record<string, string>>,
  { port, database, tls, jira, pagers, pace, limits }: Here,
): Record<string, string> {
  const text = environment['RESPONDER_SETTINGS'];
  if (text === undefined) return { ...environment };
  const settings = JSON.parse(text) as Pick<Settings, 'ledger'>;
  const here: Partial<Settings> = {
    ...settings,
    ledger: { ...settings.ledger, port, database, tls },
    people: People.parse({
      ...SANDBOX_CONFIG.people,
      jira: { ...SANDBOX_CONFIG.people.jira, url: jira },
      pagers: pagers
        ? SANDBOX_CONFIG.people.pagers.map((one) => ({ ...one, url: `${pagers}/${one.kind}` }))
        : [],
    }),
    ...(pace && { pace: Pace.parse({ ...SANDBOX_CONFIG.pace, ...pace }) }),
    ...(limits && { limits: Limits.parse({ ...SANDBOX_CONFIG.limits, ...limits }) }),
  };
  return { ...environment, RESPONDER_SETTINGS: JSON.stringify(here) };
}

/** What a function of the sandbox goes by. */
export function settingsOfFunction(fn: Pick<FunctionVersion, 'codeDir' | 'environment'>): Settings {
  return settingsFromEnvironment({ ...fn.environment, LAMBDA_TASK_ROOT: fn.codeDir });
}
