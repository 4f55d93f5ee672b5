import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { serveJira } from './jira/serve.ts';
import { servePagers } from './pager/serve.ts';
import type { Clock } from './kernel/clock.ts';
import { Credentials, lastingKey, type LastingKey } from './kernel/credentials.ts';
import { endAll, unwound, type Ending } from './kernel/ending.ts';
import { Faults } from './kernel/faults.ts';
import { rememberedClock } from './kernel/remembered-clock.ts';
import { Store } from './kernel/store.ts';
import { serveFunctionUrls } from './lambda/function-url.ts';
import type { WarmWorkers } from './lambda/warm-workers.ts';
import type { WorkerLimits } from './lambda/worker-pool.ts';
import type { Observed, Observer } from './observer.ts';
import { poolOf } from './postgres/pool.ts';
import { Provisioner, type Provisioned, type ProvisionOptions } from './provision/provisioner.ts';
import { createServices, definitionsOf, type Services } from './services.ts';
import { createWire, listenOnLoopback, type ControlRoutes } from './wire/server.ts';

export interface EmulatorOptions {
  /** Keeps the bodies of objects. With the same database a new emulator finds the account as it was. */
  readonly dir: string;
  /** URL of the PostgreSQL database that keeps everything else. */
  readonly database: string;
  /** Where the clock of a new account starts; by default now. */
  readonly now?: Date;
  /** By default a free one. */
  readonly port?: number;
  /** The account is thrown away when it stops: what its services keep stays in this process's memory. */
  readonly volatile?: boolean;
  /** Idle workers of earlier emulators on the same port. */
  readonly warm?: WarmWorkers;
  /** Workers stand still between two invocations, as in Lambda; called whenever all do. */
  readonly allFrozen?: () => void;
  /** How many workers may live, and work, at once. */
  readonly workers?: WorkerLimits;
  /** Another Region of the same account: its roles, users and buckets are this one's, too. */
  readonly account?: { readonly store: Pick<Store, 'collection'> };
  readonly observe?: Observer;
  /** Serves what lies under `/_sandbox/`. */
  readonly routes?: ControlRoutes;
}

/** Services without a Region: their names are taken in all of the account's. */
const GLOBAL = /^(iam|s3)\./;

const ofTwoRegions = (own: Store, elsewhere: Pick<Store, 'collection'>): Pick<Store, 'collection'> => ({
  collection: (kind) => (GLOBAL.test(kind) ? elsewhere : own).collection(kind),
});

/** An AWS account on one machine, behind one endpoint. See README.md for an example. */
export class Emulator {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly credentials: Credentials;
  readonly faults: Faults;
  readonly services: Services;
  /** `http://127.0.0.1:…`, for `AWS_ENDPOINT_URL` and `--endpoint-url`. */
  readonly endpoint: string;
  private readonly watchers: Set<Observer>;
  private readonly ending: Ending;

  private constructor(
    parts: Pick<Emulator, 'clock' | 'store' | 'credentials' | 'faults' | 'services' | 'endpoint'> & {
      watchers: Set<Observer>;
      ending: Ending;
    },
  ) {
    this.clock = parts.clock;
    this.store = parts.store;
    this.credentials = parts.credentials;
    this.faults = parts.faults;
    this.services = parts.services;
    this.endpoint = parts.endpoint;
    this.watchers = parts.watchers;
    this.ending = parts.ending;
  }

  /** Listens and answers. Nothing happens by itself before `measure` and `resume`. */
  static open(options: EmulatorOptions): Promise<Emulator> {
    return unwound((ending) => Emulator.opened(options, ending));
  }

  private static async opened(options: EmulatorOptions, ending: Ending): Promise<Emulator> {
    const { dir, database, now, port, volatile = false, warm, allFrozen, routes } = options;
    mkdirSync(dir, { recursive: true });
    const pool = poolOf(database, { application: 'emulator' });
    ending.push(() => pool.end());
    const own = await Store.open(pool, { readOnly: volatile });
    const store = options.account ? ofTwoRegions(own, options.account.store) : own;
    const { clock, settle } = await rememberedClock(own, now);
    const credentials = warm?.credentials ?? new Credentials();
    const rootKey = store.collection<LastingKey>('emulator.root');
    await rootKey.put('key', credentials.giveRoot(rootKey.get('key') ?? lastingKey()));
    const faults = new Faults();
    const watchers = new Set<Observer>(options.observe ? [options.observe] : []);
    const observe = (observed: Observed): void => watchers.forEach((watch) => watch(observed));
    let endpoint = '';
    const services = createServices({
      clock,
      store,
      credentials,
      dir,
      endpoint: () => endpoint,
      warm,
      allFrozen,
      observe,
      workers: options.workers,
    });
    const { iam, lambda, jira, pagers, athena } = services;
    const wire: Server = createWire({
      services: definitionsOf(services),
      clock,
      credentials,
      iam,
      network: services.network,
      faults,
      ...(routes && { routes }),
      functionUrls: serveFunctionUrls({ clock, credentials, iam, lambda }),
      customResources: services.customResources,
      jira: serveJira({ jira, clock, faults }),
      pagers: servePagers({ pagers, clock, faults }),
      onCall: (call) => observe({ kind: 'call', at: clock.now(), call }),
    });
    // Workers end first: they hold connections to everything else. Connections of warm workers break.
    ending.unshift(
      () => clock.stop(),
      () => lambda.stop(),
      () =>
        new Promise((done) => {
          wire.close(done);
          wire.closeAllConnections();
        }),
      () => athena.close(),
      settle,
    );
    endpoint = await listenOnLoopback(wire, port);
    return new Emulator({
      clock,
      store,
      credentials,
      faults,
      services,
      endpoint,
      watchers,
      ending,
    });
  }

  /** Creates the resources of a synthesised CloudFormation template; existing ones keep their state. */
  deploy(stack: ProvisionOptions): Promise<Provisioned> {
    return new Provisioner({ cloud: this.services, store: this.store }).provision(stack);
  }

  /** Deletes a stack, but for what its deletion policies keep. @throws naming the resource that refuses */
  undeploy(stackName: string): Promise<void> {
    return new Provisioner({ cloud: this.services, store: this.store }).delete(stackName);
  }

  /** Starts measuring: evaluates alarms and counts queues. */
  measure(): void {
    const { cloudwatch, sqsMetrics } = this.services;
    cloudwatch.start();
    sqsMetrics.start();
  }

  /** Starts schedules, and continues queries, jobs and invocations that a killed emulator left unfinished. */
  resume(): void {
    const { sqs, scheduler, athena, glue, lambda } = this.services;
    sqs.moves.resume();
    scheduler.start();
    athena.resume();
    glue.resume();
    lambda.resume();
  }

  /** Watches until the returned function is called. */
  watch(observer: Observer): () => void {
    this.watchers.add(observer);
    return () => this.watchers.delete(observer);
  }

  /** Ends everything; the account is kept. */
  async stop(): Promise<void> {
    await endAll(this.ending);
  }
}
