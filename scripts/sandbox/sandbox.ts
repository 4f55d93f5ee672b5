import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { Pool } from 'pg';
import type { Pace } from '../../lambdas/settings.ts';
import type { SeedOptions } from './commercial-ops/commercial-ops.ts';
import { ingestionRole } from './commercial-ops/ingestion-role.ts';
import { installLedger, type LedgerPasswords } from './commercial-ops/ledger.ts';
import type { SeededWorld } from './commercial-ops/seeds/world.ts';
import { Clock } from './kernel/clock.ts';
import { Credentials } from './kernel/credentials.ts';
import { Faults } from './kernel/faults.ts';
import { Store } from './kernel/store.ts';
import { LedgerProxy } from './ledger-proxy.ts';
import type { Observed, Observer } from './observer.ts';
import { Provisioner } from './provision/provisioner.ts';
import { templateFor } from './provision/template.ts';
import { createServices, type Services } from './services.ts';
import { LEDGER_SECRET, SANDBOX_CONFIG, settledHere, type Here } from './settings-here.ts';
import { createWire, listenOnLoopback, type ControlRoutes } from './wire/server.ts';

export interface SandboxOptions {
  /** Keeps objects and files; with the same databases a new start finds the world as it was. */
  readonly dir: string;
  /** URLs of two databases on one server, as a login that may create roles: the ledger's, and the sandbox's memory. */
  readonly databases: { readonly ledger: string; readonly state: string };
  /** Where the clock starts, in a new world; by default now. */
  readonly now?: Date;
  /** What Commercial-Ops looks like, in a new world; called with the world's services, before the stack is there. */
  readonly seed?: SeedOptions | ((services: Services) => Promise<SeedOptions>);
  readonly port?: number;
  readonly pace?: Partial<Pace>;
  /** Of the ledger's two logins; by default made up once. Roles belong to the server: worlds that share one share these. */
  readonly passwords?: LedgerPasswords;
  readonly observe?: Observer;
  readonly routes?: (sandbox: Sandbox) => ControlRoutes;
  /** Told of each part of the start, once it is done. */
  readonly progress?: (what: string) => void;
}

const STACK = 'commercial-ops-responder';

/** A whole AWS account with Commercial-Ops and the responder in it, on one machine. */
export class Sandbox {
  readonly clock: Clock;
  readonly services: Services;
  readonly faults: Faults;
  readonly ledger: LedgerProxy;
  /** `http://127.0.0.1:…`, for `AWS_ENDPOINT_URL` and `--endpoint-url`. */
  readonly endpoint: string;
  /** On the ledger's database, as its administrator: for looking. */
  readonly pool: Pool;
  private readonly ending: (() => Promise<unknown>)[];
  private readonly watchers: Set<Observer>;

  private constructor(parts: {
    clock: Clock;
    services: Services;
    faults: Faults;
    ledger: LedgerProxy;
    endpoint: string;
    pool: Pool;
    ending: (() => Promise<unknown>)[];
    watchers: Set<Observer>;
  }) {
    this.clock = parts.clock;
    this.services = parts.services;
    this.faults = parts.faults;
    this.ledger = parts.ledger;
    this.endpoint = parts.endpoint;
    this.pool = parts.pool;
    this.ending = parts.ending;
    this.watchers = parts.watchers;
  }

  static async start(options: SandboxOptions): Promise<Sandbox> {
    const { progress = () => undefined, databases, dir } = options;
    mkdirSync(dir, { recursive: true });
    const template = templateFor({ config: SANDBOX_CONFIG });
    // Awaited below; a failure meanwhile must not be an unhandled one.
    template.catch(() => undefined);

    const statePool = poolOf(databases.state);
    const pool = poolOf(databases.ledger);
    const store = await Store.open(statePool);
    const clock = await rememberedClock(store, options.now);
    const credentials = new Credentials();
    const faults = new Faults();
    const watchers = new Set<Observer>(options.observe ? [options.observe] : []);
    const observe = (observed: Observed): void => watchers.forEach((watch) => watch(observed));

    const passwords = options.passwords ?? (await keptPasswords(store));
    await installLedger(pool, passwords);
    const owner = poolOf(databases.ledger, { user: 'commercial_ops', password: passwords.commercialOps });
    let endpoint = '';
    const services = createServices({
      clock,
      store,
      credentials,
      ledger: owner,
      dir,
      endpoint: () => endpoint,
      observe,
    });
    const { iam, lambda, commercialOps } = services;

    let sandbox: Sandbox | undefined = undefined;
    const routes: ControlRoutes = (req, res, body) =>
      sandbox && options.routes ? options.routes(sandbox)(req, res, body) : false;
    const wire: Server = createWire({
      services: definitionsOf(services),
      ...{ clock, credentials, iam, faults, routes },
      onCall: (call) => observe({ kind: 'call', at: clock.now(), call }),
    });
    endpoint = await listenOnLoopback(wire, options.port);
    const url = new URL(databases.ledger);
    const proxy = new LedgerProxy({ host: url.hostname, port: Number(url.port) });
    const ledgerPort = await proxy.listen();
    progress(`AWS endpoint on ${endpoint}, ledger on 127.0.0.1:${ledgerPort}`);

    if (!commercialOps.seeded) {
      await iam.createRole(ingestionRole(services.estate));
      await services.logs.createGroup({ name: services.estate.ingestion.logGroup });
      const seed = typeof options.seed === 'function' ? await options.seed(services) : options.seed;
      const world = await commercialOps.seed(seed);
      await recordIngestions(services, world);
      progress(`Commercial-Ops: ${describeWorld(world)}`);
    }
    await services.secrets.putSecret(
      LEDGER_SECRET,
      'commercial-ops/responder',
      JSON.stringify({ username: 'responder', password: passwords.responder }),
    );
    const here: Here = {
      port: ledgerPort,
      database: decodeURIComponent(url.pathname.slice(1)),
      ...(options.pace && { pace: options.pace }),
    };
    const { outputs, resources } = await provision(services, store, await template, here);
    void outputs;
    progress(`stack ${STACK}: ${resources.size} resources`);
    const migrated = await lambda.invoke({
      function: 'responder-migrate',
      type: 'RequestResponse',
      payload: {},
    });
    if (migrated.functionError) throw new Error(`responder-migrate failed: ${migrated.payload ?? ''}`);
    progress('record: schema responder is up to date');

    // Before the alarms are evaluated for the first time: no data at all would be a fault of its own.
    await lambda.invoke({ function: 'responder-signals', type: 'RequestResponse', payload: {} });
    services.cloudwatch.start();
    services.sqsMetrics.start();
    services.scheduler.start();
    services.athena.resume();
    services.glue.resume();
    lambda.resume();

    sandbox = new Sandbox({
      ...{ clock, services, faults, ledger: proxy, endpoint, pool, watchers },
      // Workers first: they hold connections to everything else.
      ending: [
        async () => clock.stop(),
        () => lambda.stop(),
        () =>
          new Promise((done) => {
            wire.close(done);
            wire.closeAllConnections();
          }),
        () => services.athena.close(),
        async () => commercialOps.close(),
        () => proxy.close(),
        () => rememberTime(store, clock.now()),
        () => Promise.all([owner.end(), pool.end(), statePool.end()]),
      ],
    });
    return sandbox;
  }

  /** Watches until the returned function is called. */
  watch(observer: Observer): () => void {
    this.watchers.add(observer);
    return () => this.watchers.delete(observer);
  }

  /** Ends everything but PostgreSQL, which is not ours. The world is kept. */
  async stop(): Promise<void> {
    for (const end of this.ending) await end();
  }
}

const definitionsOf = ({
  iam,
  kms,
  secrets,
  s3,
  logs,
  sqs,
  sns,
  lambda,
  cloudwatch,
  scheduler,
  glue,
  athena,
  sts,
}: Services) =>
  [iam, kms, secrets, s3, logs, sqs, sns, lambda, cloudwatch, scheduler, glue, athena, sts].map((service) =>
    service.definition(),
  );

async function provision(
  services: Services,
  store: Store,
  { template, assets }: Awaited<ReturnType<typeof templateFor>>,
  here: Here,
) {
  const { lambda } = services;
  const cloud = {
    ...services,
    lambda: {
      createFunction: (fn: Parameters<typeof lambda.createFunction>[0]) =>
        lambda.createFunction({ ...fn, environment: settledHere(fn.environment, here) }),
      publishVersion: (name: string) => lambda.publishVersion(name),
      createAlias: (spec: Parameters<typeof lambda.createAlias>[0]) => lambda.createAlias(spec),
      putEventInvokeConfig: (spec: Parameters<typeof lambda.putEventInvokeConfig>[0]) =>
        lambda.putEventInvokeConfig(spec),
      addPermission: (spec: Parameters<typeof lambda.addPermission>[0]) => lambda.addPermission(spec),
    },
  };
  return new Provisioner({ cloud, store }).provision({ stackName: STACK, template, assets });
}

/** The clock goes on where the last sandbox on this state left it, also one that never jumped. */
async function rememberedClock(store: Store, start: Date | undefined): Promise<Clock> {
  const last = store.collection<string>('sandbox.clock').get('now');
  const now = last === undefined ? (start ?? new Date()) : new Date(last);
  await rememberTime(store, now);
  const complain = (error: unknown): void => console.error('sandbox:', error);
  return new Clock(now, complain, (moment) => void rememberTime(store, moment).catch(complain));
}

const rememberTime = (store: Store, moment: Date): Promise<void> =>
  store.collection<string>('sandbox.clock').put('now', moment.toISOString());

/** The nights before: what was loaded stands in Glue's history and in the log, too. */
async function recordIngestions(
  { glue, logs, estate }: Services,
  { ingestions }: SeededWorld,
): Promise<void> {
  const { job, logGroup } = estate.ingestion;
  for (const { runId, period, at, lines } of ingestions) {
    await glue.runs.recordPast({
      job,
      arguments: { '--period': period, '--run_id': runId },
      state: 'SUCCEEDED',
      startedAt: new Date(at.getTime() - 6 * 60_000).toISOString(),
      completedAt: at.toISOString(),
    });
    logs.append(logGroup, 'nightly', `INFO ${job} loaded ${lines} lines of ${period}, ended SUCCEEDED`, at);
  }
}

function describeWorld({ periods, ingestions }: SeededWorld): string {
  const months = periods.map(({ period, state }) => `${period} ${state}`).join(', ');
  return `${months}; ${ingestions.reduce((sum, { lines }) => sum + lines, 0)} cost lines`;
}

async function keptPasswords(store: Store): Promise<LedgerPasswords> {
  const kept = store.collection<LedgerPasswords>('sandbox.passwords');
  const found = kept.get('ledger');
  if (found) return found;
  const made = { commercialOps: randomBytes(12).toString('hex'), responder: randomBytes(12).toString('hex') };
  await kept.put('ledger', made);
  return made;
}

function poolOf(connectionString: string, login: { user?: string; password?: string } = {}): Pool {
  const url = new URL(connectionString);
  if (login.user) url.username = login.user;
  if (login.password) url.password = login.password;
  const pool = new Pool({ connectionString: url.href, max: 8, application_name: 'sandbox' });
  pool.on('error', () => undefined);
  return pool;
}
