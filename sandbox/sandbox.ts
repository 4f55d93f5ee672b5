import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Pool } from 'pg';
import { once } from '../lambdas/platform/once.ts';
import type { Pace } from '../lambdas/platform/settings.ts';
import type { SeedOptions } from './commercial-ops/commercial-ops.ts';
import { ingestionRole } from './commercial-ops/ingestion-role.ts';
import { installLedger, type LedgerPasswords } from './commercial-ops/ledger.ts';
import { makePlaces, registerFunctions, startWork } from './commercial-ops/installation.ts';
import type { Clock } from '../emulator/kernel/clock.ts';
import { describeWorld, recordIngestions } from './commercial-ops/past.ts';
import { deploy, STACK } from './deploy.ts';
import { serveJira } from '../emulator/jira/serve.ts';
import { Credentials } from '../emulator/kernel/credentials.ts';
import { Faults } from '../emulator/kernel/faults.ts';
import { JIRA_PREFIX } from '../emulator/kernel/places.ts';
import { Store } from '../emulator/kernel/store.ts';
import { serveFunctionUrls } from '../emulator/lambda/function-url.ts';
import { LedgerProxy } from '../emulator/postgres/ledger-proxy.ts';
import { keptPasswords, poolOf, rememberedClock } from './memory.ts';
import type { WarmWorkers } from '../emulator/lambda/warm-workers.ts';
import type { Observed, Observer } from './observer.ts';
import { templateFor, type TemplateAndAssets } from './template.ts';
import { createServices, definitionsOf, type Services } from './services.ts';
import {
  ACTOR_SECRET,
  JIRA_SECRET,
  LEDGER_SECRET,
  REHEARSER_SECRET,
  SANDBOX_CONFIG,
  type Here,
  type LimitsInput,
} from './settings-here.ts';
import { createWire, listenOnLoopback, type ControlRoutes } from '../emulator/wire/server.ts';

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
  /** Where the functions find the ledger; by default a free port. */
  readonly ledgerPort?: number;
  /** Workers of sandboxes that stood here before, on the same ports and a database of the same name. */
  readonly warm?: WarmWorkers;
  readonly pace?: Partial<Pace>;
  readonly limits?: LimitsInput;
  /** The unpacked bundle of the handlers, in place of the one that belongs to the template. */
  readonly code?: string;
  /** Of the ledger's logins; by default made up once. Roles belong to the server: worlds that share one share these. */
  readonly passwords?: LedgerPasswords;
  readonly observe?: Observer;
  readonly routes?: (sandbox: Sandbox) => ControlRoutes;
  /**
   * The world was left healthy by a sandbox of the same sources, on the same server: neither its tables nor its record are
   * looked after, and nothing is measured before the schedule says so.
   */
  readonly prepared?: boolean;
  /** Told of each part of the start, once it is done. */
  readonly progress?: (what: string) => void;
}

/** The same for every sandbox of a process. */
const synthesised = once(() => templateFor({ config: SANDBOX_CONFIG }));

/** A whole AWS account with Commercial-Ops and the responder in it, on one machine. */
export class Sandbox {
  readonly clock: Clock;
  readonly services: Services;
  readonly faults: Faults;
  readonly ledger: LedgerProxy;
  /** `http://127.0.0.1:…`, for `AWS_ENDPOINT_URL` and `--endpoint-url`. */
  readonly endpoint: string;
  /** Of the stack, by name: `RespondUrl` among them. */
  readonly outputs: Readonly<Record<string, string>>;
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
    outputs: Readonly<Record<string, string>>;
    pool: Pool;
    ending: (() => Promise<unknown>)[];
    watchers: Set<Observer>;
  }) {
    this.clock = parts.clock;
    this.services = parts.services;
    this.faults = parts.faults;
    this.ledger = parts.ledger;
    this.endpoint = parts.endpoint;
    this.outputs = parts.outputs;
    this.pool = parts.pool;
    this.ending = parts.ending;
    this.watchers = parts.watchers;
  }

  static async start(options: SandboxOptions): Promise<Sandbox> {
    const { progress = () => undefined, databases, dir, prepared = false } = options;
    mkdirSync(dir, { recursive: true });
    const template = synthesised();
    // Awaited below; a failure meanwhile must not be an unhandled one.
    template.catch(() => undefined);

    const statePool = poolOf(databases.state);
    const pool = poolOf(databases.ledger);
    const store = await Store.open(statePool);
    const { clock, settle: settleClock } = await rememberedClock(store, options.now);
    const credentials = options.warm?.credentials ?? new Credentials();
    const faults = new Faults();
    const watchers = new Set<Observer>(options.observe ? [options.observe] : []);
    const observe = (observed: Observed): void => watchers.forEach((watch) => watch(observed));

    const passwords = options.passwords ?? (await keptPasswords(store));
    if (!prepared) await installLedger(pool, passwords);
    const owner = poolOf(databases.ledger, { user: 'commercial_ops', password: passwords.commercialOps });
    let endpoint = '';
    const services = createServices({
      clock,
      store,
      credentials,
      ledger: owner,
      dir,
      endpoint: () => endpoint,
      warm: options.warm,
      observe,
    });
    const { iam, lambda, commercialOps } = services;

    let sandbox: Sandbox | undefined = undefined;
    const routes: ControlRoutes = (req, res, body) =>
      sandbox && options.routes ? options.routes(sandbox)(req, res, body) : false;
    const wire: Server = createWire({
      services: definitionsOf(services),
      clock,
      credentials,
      iam,
      faults,
      routes,
      functionUrls: serveFunctionUrls({ clock, credentials, iam, lambda }),
      jira: serveJira({ jira: services.jira, clock, faults }),
      onCall: (call) => observe({ kind: 'call', at: clock.now(), call }),
    });
    endpoint = await listenOnLoopback(wire, options.port);
    const url = new URL(databases.ledger);
    const proxy = new LedgerProxy({ host: url.hostname, port: Number(url.port) });
    const ledgerPort = await proxy.listen(options.ledgerPort);
    progress(`AWS endpoint on ${endpoint}, ledger on 127.0.0.1:${ledgerPort}`);

    if (!commercialOps.seeded) {
      await iam.createRole(ingestionRole(services.estate));
      await makePlaces(services);
      const seed = typeof options.seed === 'function' ? await options.seed(services) : options.seed;
      const world = await commercialOps.seed(seed);
      await recordIngestions(services, world);
      progress(`Commercial-Ops: ${describeWorld(world)}`);
    }
    await services.runnerFleet.ensure();
    registerFunctions(services);
    await services.secrets.putSecret(
      LEDGER_SECRET,
      'commercial-ops/responder',
      JSON.stringify({ username: 'responder', password: passwords.responder }),
    );
    await services.secrets.putSecret(
      ACTOR_SECRET,
      'commercial-ops/responder-actor',
      JSON.stringify({ username: 'responder_actor', password: passwords.actor }),
    );
    await services.secrets.putSecret(
      REHEARSER_SECRET,
      'commercial-ops/responder-rehearser',
      JSON.stringify({ username: 'responder_rehearser', password: passwords.rehearser }),
    );
    await services.secrets.putSecret(
      JIRA_SECRET,
      'commercial-ops/jira',
      JSON.stringify(await services.jira.account()),
    );
    const here: Here = {
      port: ledgerPort,
      database: decodeURIComponent(url.pathname.slice(1)),
      jira: `${endpoint}${JIRA_PREFIX.slice(0, -1)}`,
      ...(options.pace && { pace: options.pace }),
      ...(options.limits && { limits: options.limits }),
    };
    const deployed = withCode(await template, options.code);
    const { resources, outputs } = await deploy(services, store, deployed, here);
    await services.people.ensure();
    progress(`stack ${STACK}: ${resources.size} resources`);
    if (!prepared) {
      await migrate(services);
      progress('record: schema responder is up to date');
      // Before the alarms are evaluated for the first time: no data at all would be a fault of its own.
      await lambda.invoke({ function: 'responder-signals', type: 'RequestResponse', payload: {} });
    }
    services.cloudwatch.start();
    services.sqsMetrics.start();
    services.sqs.moves.resume();
    services.runnerFleet.start();
    services.scheduler.start();
    services.athena.resume();
    services.glue.resume();
    await startWork(services);
    lambda.resume();

    sandbox = new Sandbox({
      clock,
      services,
      faults,
      ledger: proxy,
      endpoint,
      outputs,
      pool,
      watchers,
      // Workers first: they hold connections to everything else; those of warm ones break.
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
        () => settleClock(),
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

const withCode = ({ template, assets }: TemplateAndAssets, code: string | undefined): TemplateAndAssets => ({
  template,
  assets: code === undefined ? assets : new Map([...assets.keys()].map((hash) => [hash, code])),
});

async function migrate({ lambda }: Services): Promise<void> {
  const order = { function: 'responder-migrate', type: 'RequestResponse', payload: {} } as const;
  const migrated = await lambda.invoke(order);
  if (migrated.functionError) throw new Error(`responder-migrate failed: ${migrated.payload ?? ''}`);
}
