import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type Pool } from 'pg';
import { once } from '../lambdas/platform/once.ts';
import { DEPLOYMENT_FILE, LEDGER_AUTHORITIES, type Pace } from '../lambdas/platform/settings.ts';
import { Emulator, type EmulatorOptions } from '../emulator/emulator.ts';
import type { Clock } from '../emulator/kernel/clock.ts';
import type { Credentials, LastingKey } from '../emulator/kernel/credentials.ts';
import { endAll, unwound, type Ending } from '../emulator/kernel/ending.ts';
import type { Faults } from '../emulator/kernel/faults.ts';
import { arn, JIRA_PREFIX, PAGER_PREFIX } from '../emulator/kernel/places.ts';
import type { Observer } from '../emulator/observer.ts';
import { AUTHORITY } from '../emulator/postgres/authority.ts';
import { DatabaseProxy } from '../emulator/postgres/database-proxy.ts';
import { poolOf } from '../emulator/postgres/pool.ts';
import type { ControlRoutes } from '../emulator/wire/server.ts';
import type { SeedOptions } from './commercial-ops/commercial-ops.ts';
import { CUSTOMER_KEY } from './commercial-ops/customer-key.ts';
import { ingestionRole } from './commercial-ops/ingestion-role.ts';
import { makePlaces, registerFunctions, startWork } from './commercial-ops/installation.ts';
import type { ShapeName } from './commercial-ops/report-shape.ts';
import { LOGINS, type Login } from '../lambdas/record/logins.ts';
import { installLedger, keptPasswords, passwordOf, type LedgerPasswords } from './commercial-ops/ledger.ts';
import { describeWorld, recordIngestions } from './commercial-ops/past.ts';
import { createServices, type Services } from './services.ts';
import {
  configFor,
  JIRA_SECRET,
  SANDBOX_CONFIG,
  settledHere,
  type Here,
  type LimitsInput,
} from './settings-here.ts';
import { templateFor, type TemplateAndAssets } from './template.ts';

export interface SandboxOptions extends Pick<
  EmulatorOptions,
  'dir' | 'now' | 'port' | 'volatile' | 'warm' | 'observe' | 'workers'
> {
  /** URLs of two databases on one server, as a login that may create roles: the ledger's, and the sandbox's memory. */
  readonly databases: { readonly ledger: string; readonly state: string };
  /** What Commercial-Ops looks like, in a new world; called with the world's services, before the stack is there. */
  readonly seed?: SeedOptions | ((services: Services) => Promise<SeedOptions>);
  /** How AWS delivers the cost report; by default by month, as the runbook has it. */
  readonly report?: ShapeName;
  /** What this deployment's configuration has instead of the sandbox's own, by its keys. */
  readonly deployment?: Readonly<Record<string, unknown>>;
  /** What the account has before the stack is there. */
  readonly before?: (services: Services) => unknown;
  /** Where the functions find the ledger; by default a free port. */
  readonly ledgerPort?: number;
  /** Port of a pooler on loopback between the functions and the ledger's server. */
  readonly pooler?: number;
  /** Workers stand still between two invocations, and when all do, their connections to the ledger are cut. */
  readonly frozen?: boolean;
  readonly pace?: Partial<Pace>;
  readonly limits?: LimitsInput;
  /** Sends each incident to the stand-ins for pagers as well. */
  readonly pagers?: boolean;
  /** The unpacked bundle of the handlers, in place of the one that belongs to the template. */
  readonly code?: string;
  /** Of the ledger's logins; by default made up once. Roles belong to the server: worlds that share one share these. */
  readonly passwords?: LedgerPasswords;
  readonly routes?: (sandbox: Sandbox) => ControlRoutes;
  /**
   * The world was left healthy by a sandbox of the same sources, on the same server: neither its tables nor its record are
   * looked after, and nothing is measured before the schedule says so.
   */
  readonly prepared?: boolean;
  /** Called with each part of the start, once it is done. */
  readonly progress?: (what: string) => void;
}

/** The same for every sandbox of a process. */
const templates = new Map<string, () => Promise<TemplateAndAssets>>();

function synthesised(
  report: ShapeName,
  deployment: SandboxOptions['deployment'],
): Promise<TemplateAndAssets> {
  const config = { ...configFor(report), ...deployment };
  const key = JSON.stringify(config);
  const made = templates.get(key) ?? once(() => templateFor({ config }));
  templates.set(key, made);
  return made();
}

const STACK = 'commercial-ops-responder';

/** A whole AWS account with Commercial-Ops and the responder in it, on one machine. */
export class Sandbox {
  readonly services: Services;
  /** The way of the functions to the ledger. */
  readonly ledger: DatabaseProxy;
  /** Of the stack, by name: `RespondUrl` among them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** On the ledger's database, as its administrator: for looking. */
  readonly pool: Pool;
  private readonly emulator: Emulator;
  private readonly ending: Ending;

  private constructor(
    parts: Pick<Sandbox, 'services' | 'ledger' | 'outputs' | 'pool'> & {
      emulator: Emulator;
      ending: Ending;
    },
  ) {
    this.services = parts.services;
    this.ledger = parts.ledger;
    this.outputs = parts.outputs;
    this.pool = parts.pool;
    this.emulator = parts.emulator;
    this.ending = parts.ending;
  }

  get clock(): Clock {
    return this.emulator.clock;
  }

  /** Access keys of principals that the sandbox has no way to make. */
  get credentials(): Credentials {
    return this.emulator.credentials;
  }

  /** Of the account's root, who may do everything. */
  get rootKey(): LastingKey {
    return this.emulator.credentials.root;
  }

  get faults(): Faults {
    return this.emulator.faults;
  }

  /** `http://127.0.0.1:…`, for `AWS_ENDPOINT_URL` and `--endpoint-url`. */
  get endpoint(): string {
    return this.emulator.endpoint;
  }

  /** @throws what made the start fail, after it has ended what was running already */
  static start(options: SandboxOptions): Promise<Sandbox> {
    return unwound((ending) => Sandbox.boot(options, ending));
  }

  private static async boot(options: SandboxOptions, ending: Ending): Promise<Sandbox> {
    const { progress = () => undefined, databases, dir, prepared = false, report = 'by-month' } = options;
    const template = synthesised(report, options.deployment);
    // Awaited below; a failure meanwhile must not be an unhandled one.
    template.catch(() => undefined);

    let sandbox: Sandbox | undefined = undefined;
    const routes: ControlRoutes = (req, res, body) =>
      sandbox && options.routes ? options.routes(sandbox)(req, res, body) : false;
    let proxy: DatabaseProxy | undefined = undefined;
    const allFrozen = (): void => proxy?.breakAll();
    const emulator = await Emulator.open({
      ...options,
      database: databases.state,
      routes,
      ...(options.frozen && { allFrozen }),
    });
    ending.push(() => emulator.stop());
    const { store, endpoint } = emulator;

    const pool = poolOf(databases.ledger, { application: 'sandbox' });
    ending.push(() => pool.end());
    const passwords = options.passwords ?? (await keptPasswords(store));
    if (!prepared) await installLedger(pool, passwords);
    const owner = poolOf(databases.ledger, {
      application: 'sandbox',
      user: 'commercial_ops',
      password: passwords.commercialOps,
    });
    ending.push(() => owner.end());
    const url = new URL(databases.ledger);
    const { pooler } = options;
    proxy = new DatabaseProxy(
      pooler === undefined
        ? { host: url.hostname, port: Number(url.port) }
        : { host: '127.0.0.1', port: pooler },
    );
    const ledgerPort = await proxy.listen(options.ledgerPort);
    ending.push(() => proxy.close());
    const tls = await tlsOf(databases.ledger);
    const unverified = tls === 'off' ? ', without TLS: it shows no certificate of the sandbox' : '';
    progress(`AWS endpoint on ${endpoint}, ledger on 127.0.0.1:${ledgerPort}${unverified}`);

    const services = createServices({ emulator, ledger: owner, dir, report });
    const { iam, lambda, commercialOps } = services;
    ending.push(() => commercialOps.close());
    const isNew = !commercialOps.seeded;
    if (isNew) {
      await iam.createRole(ingestionRole(services.estate));
      await makePlaces(services);
      const seed = typeof options.seed === 'function' ? await options.seed(services) : options.seed;
      const world = await commercialOps.seed(seed);
      await recordIngestions(services, world);
      progress(`Commercial-Ops: ${describeWorld(world)}`);
    }
    await services.runnerFleet.ensure();
    registerFunctions(services);
    await putSecrets(services, passwords);
    const here: Here = {
      port: ledgerPort,
      tls,
      database: decodeURIComponent(url.pathname.slice(1)),
      jira: `${endpoint}${JIRA_PREFIX.slice(0, -1)}`,
      ...(options.pagers && { pagers: `${endpoint}${PAGER_PREFIX.slice(0, -1)}` }),
      ...(options.pace && { pace: options.pace }),
      ...(options.limits && { limits: options.limits }),
    };
    await options.before?.(services);
    const { resources, outputs } = await emulator.deploy({
      stackName: STACK,
      ...withCode(await template, options.code),
      environment: (variables) => settledHere(variables, here),
    });
    await services.people.ensure();
    progress(`stack ${STACK}: ${resources.size} resources`);
    if (!prepared) {
      progress('record: schema responder is up to date');
      // Before the alarms are evaluated for the first time: no data at all would be a fault of its own.
      const measuring = succeed(lambda, 'responder-signals');
      // A world that is opened again may have been left broken.
      await (isNew ? measuring : measuring.catch(() => undefined));
    }
    emulator.measure();
    services.runnerFleet.start();
    await startWork(services);
    emulator.resume();

    sandbox = new Sandbox({ emulator, services, ledger: proxy, outputs, pool, ending });
    return sandbox;
  }

  /** Watches until the returned function is called. */
  watch(observer: Observer): () => void {
    return this.emulator.watch(observer);
  }

  /** Ends everything but PostgreSQL, which is not ours. The world is kept. */
  stop(): Promise<void> {
    return endAll(this.ending);
  }
}

/** A server of our own shows a certificate of the sandbox's authority. Somebody else's may not. */
async function tlsOf(database: string): Promise<Here['tls']> {
  const client = new Client({ connectionString: database, ssl: { ca: readFileSync(AUTHORITY) } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'verify';
  } catch {
    return 'off';
  } finally {
    await client.end();
  }
}

/** Other code with the same deployment. */
function withCode({ template, assets }: TemplateAndAssets, code: string | undefined): TemplateAndAssets {
  if (code === undefined) return { template, assets };
  for (const dir of assets.values())
    for (const file of [DEPLOYMENT_FILE, LEDGER_AUTHORITIES]) copyFileSync(join(dir, file), join(code, file));
  return { template, assets: new Map([...assets.keys()].map((hash) => [hash, code])) };
}

async function putSecrets(
  { secrets, jira, pagers, kms }: Services,
  passwords: LedgerPasswords,
): Promise<void> {
  for (const login of LOGINS) {
    const value = JSON.stringify({ username: login, password: passwordOf(passwords, login) });
    await secrets.putSecret(secretArn(login), secretName(login), value);
    await kms.encrypt(secretArn(login), CUSTOMER_KEY);
  }
  await secrets.putSecret(JIRA_SECRET, 'commercial-ops/jira', JSON.stringify(await jira.account()));
  await kms.encrypt(JIRA_SECRET, CUSTOMER_KEY);
  const keys = await pagers.keys();
  for (const { kind, secretArn: secret } of SANDBOX_CONFIG.people.pagers) {
    await secrets.putSecret(secret, `commercial-ops/${kind}`, JSON.stringify(keys));
    await kms.encrypt(secret, CUSTOMER_KEY);
  }
}

const secretName = (login: Login): string => SANDBOX_CONFIG.ledger.logins.secret.replace('{login}', login);

/** Its last six characters are AWS's choice. */
const secretArn = (login: Login): string => arn('secretsmanager', `secret:${secretName(login)}-AbCdEf`);

/** @throws what the function failed with */
async function succeed(lambda: Services['lambda'], name: string): Promise<void> {
  const { functionError, payload = '' } = await lambda.invoke({
    function: name,
    type: 'RequestResponse',
    payload: {},
  });
  if (functionError === undefined) return;
  const { errorMessage = payload } = JSON.parse(payload) as { errorMessage?: string };
  throw new Error(`${name} failed: ${errorMessage}`);
}
