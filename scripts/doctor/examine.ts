import {
  later,
  unknown,
  type Answer,
  type Finding,
  type Givens,
  type Need,
} from '../../lambdas/doctor/check.ts';
import { checks } from '../../lambdas/doctor/checks/all.ts';
import { cannotTell, isThere, runChecks } from '../../lambdas/doctor/run-checks.ts';
import { awsClients, within, type AwsClients } from '../../lambdas/platform/aws.ts';
import type { Settings } from '../../lambdas/platform/settings.ts';
import { readConfig } from '../../lib/config.ts';
import { settingsAt } from '../../lib/function-settings.ts';
import { deployingPolicy, rightsByResource } from '../../lib/deploying-rights.ts';
import { ledgerAuthorities } from '../../lib/ledger-authorities.ts';
import { namesOf } from '../../lib/names.ts';
import { templateFor } from '../../sandbox/template.ts';
import { configurationIn } from '../configuration.ts';
import { ledgerByUrl } from './ledger-by-url.ts';
import { resourcesOf } from './resources-of.ts';

export interface Examined {
  readonly stack: string;
  /** For people: Region, account, and whether the stack is there. */
  readonly place: string;
  readonly answers: readonly Answer[];
}

type Place = Pick<Settings, 'partition' | 'region' | 'account'>;

/** Stands for the account while it is unknown: what depends on it is not looked at. */
const NOWHERE: Place = { partition: 'aws', region: 'us-east-1', account: '000000000000' };

/** A configuration, and what would be deployed of it in an account. */
async function readPlan(file: string | undefined) {
  const config = readConfig(file ?? configurationIn(file));
  const { template } = await templateFor({ config: configurationIn(file) });
  const of = (place: Place): Givens['plan'] => {
    const resources = resourcesOf(template, place);
    return {
      settings: settingsAt(place, config),
      planned: {
        stack: namesOf(config.prefix).stack,
        resources,
        subscriptions: config.subscriptions,
        inVpc: config.network !== undefined,
        rights: rightsByResource(resources, place),
      },
    };
  };
  return {
    of,
    authorities: ledgerAuthorities(config.ledger.ca),
    migrate: namesOf(config.prefix).functions.migrate,
  };
}

/** The policy that a deployment of this configuration takes, for the role that CloudFormation deploys with. */
export async function policyFor(file: string | undefined): Promise<object> {
  const { planned } = (await readPlan(file)).of(NOWHERE);
  return deployingPolicy(planned.resources.map(({ type }) => type));
}

/**
 * @param file the configuration, as `npm run synth` takes it
 * @throws ConfigError with every mistake of the configuration: without one there is nothing to look at
 */
export async function examine(file: string | undefined, env: NodeJS.ProcessEnv): Promise<Examined> {
  const plan = await readPlan(file);
  const aws = awsClients({ maxAttempts: 3, requestHandler: within(20_000) });
  const here = await whereabouts(aws, plan.migrate);
  const { settings, planned } = plan.of(here.place ?? NOWHERE);
  const given: { -readonly [N in Need]?: Givens[N] } = { plan: { settings, planned } };
  const withheld: Partial<Record<Need, Finding>> = {};
  if (here.place) given.account = { settings, planned, aws, caller: here.caller, deployed: here.deployed };
  else withheld.account = here.why;

  const inside = here.deployed ? await askInside(aws, plan.migrate) : NOT_THERE;
  Object.assign(withheld, inside.withheld);
  const url = env['LEDGER_URL'];
  const byUrl =
    inside.answers.length === 0 && url !== undefined && ledgerByUrl(url, settings, plan.authorities);
  if (byUrl) given.ledger = byUrl.ledger;
  const asked = new Set(inside.answers.map(({ id }) => id));
  const answers = await runChecks(
    checks.filter(({ id }) => !asked.has(id)),
    given,
    withheld,
  );
  if (byUrl) await byUrl.end();
  const order = checks.map(({ id }) => id);
  return {
    stack: planned.stack,
    place: here.place
      ? `in ${settings.region}, account ${settings.account}${here.deployed ? '' : ', before its deployment'}`
      : 'in no account: what depends on it is unknown',
    answers: [...answers, ...inside.answers].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)),
  };
}

type Whereabouts =
  | { readonly place: Place; readonly caller: string; readonly deployed: boolean }
  | { readonly place?: undefined; readonly deployed?: undefined; readonly why: Finding };

/** Whose account and which Region it is, and whether the stack is there. */
async function whereabouts(aws: AwsClients, migrate: string): Promise<Whereabouts> {
  try {
    const [sts, lambda] = [await aws.sts(), await aws.lambda()];
    const { Account: account = '', Arn: caller = '' } = await sts.getCallerIdentity({});
    const place = { partition: caller.split(':')[1] ?? 'aws', region: await sts.config.region(), account };
    const deployed = await isThere(() => lambda.getFunctionConfiguration({ FunctionName: migrate }));
    return { place, caller, deployed };
  } catch (error) {
    return { why: cannotTell(error) };
  }
}

interface Inside {
  readonly answers: readonly Answer[];
  readonly withheld: Partial<Record<Need, Finding>>;
}

const NOT_THERE: Inside = {
  answers: [],
  withheld: {
    ledger: unknown(
      'the ledger is not looked at from here: LEDGER_URL is not set, and no function is there to ask',
      "set LEDGER_URL to the ledger's administrator, or run this again after the deployment",
    ),
    network: later('the functions are there: they look from inside their network'),
  },
};

/** The ledger and the network as the functions see them. */
async function askInside(aws: AwsClients, name: string): Promise<Inside> {
  const because = (why: string): Inside => {
    const finding = unknown(
      why,
      `look at its log: aws logs tail /aws/lambda/${name}; deploy again if it is older`,
    );
    return { answers: [], withheld: { ledger: finding, network: finding } };
  };
  try {
    const lambda = await aws.lambda();
    const { Payload, FunctionError } = await lambda.invoke({
      FunctionName: name,
      Payload: JSON.stringify({ check: true }),
    });
    const body = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as { answers?: Answer[] };
    if (FunctionError === undefined && body.answers) return { answers: body.answers, withheld: {} };
    return because(`${name} gave no answers${FunctionError === undefined ? '' : `: ${FunctionError}`}`);
  } catch (error) {
    const finding = cannotTell(error);
    return { answers: [], withheld: { ledger: finding, network: finding } };
  }
}
