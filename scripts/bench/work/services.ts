import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What contenders call, answered at once: their own costs are what is measured. */
export interface Services {
  readonly url: string;
  /** How often the job was started, by alarm. */
  readonly jobs: ReadonlyMap<string, number>;
  /** Calls in all. */
  calls: number;
  /** From now on the job starts, but does not answer; resolves when it was started that often. */
  holdJobs(count: number): Promise<void>;
  answerJobs(): void;
  stop(): Promise<void>;
}

export async function startServices(): Promise<Services> {
  const jobs = new Map<string, number>();
  const objects = new Map<string, Buffer>();
  let held: { left: number; all: () => void } | undefined;

  /** @returns undefined: it never answers */
  const job = (payload: { run?: string; ask?: string }): object | undefined => {
    if (payload.ask !== undefined) return { started: jobs.has(payload.ask) };
    const { run = '' } = payload;
    jobs.set(run, (jobs.get(run) ?? 0) + 1);
    if (!held) return { started: true };
    held.left -= 1;
    if (held.left === 0) held.all();
    return undefined;
  };

  const answerOf = (request: IncomingMessage, body: Buffer): Answer | undefined => {
    const { method } = request;
    // The SDK says in the query which operation it is.
    const url = (request.url ?? '').replace(/\?.*/, '');
    const [, invoked] = /\/functions\/([^/]+)\/invocations/.exec(url) ?? [];
    const json = (): object => JSON.parse(body.toString() || '{}') as object;
    if (url === '/job' || invoked === 'bench_job') {
      const answer = job(json());
      return answer && { body: JSON.stringify(answer) };
    }
    if (url === '/notify') return { body: '{}' };
    // Asynchronous: it is accepted.
    if (invoked !== undefined && request.headers['x-amz-invocation-type'] === 'Event') return { status: 202 };
    if (invoked !== undefined) return { body: '{"keys":[]}' };
    if (method === 'PUT') {
      if (objects.has(url)) return { status: 412, body: error('PreconditionFailed') };
      objects.set(url, body);
      return { body: '' };
    }
    if (method === 'GET') {
      const found = objects.get(url);
      return found ? { body: found } : { status: 404, body: error('NoSuchKey') };
    }
    const action = new URLSearchParams(body.toString()).get('Action');
    if (action === 'AssumeRole') return { body: ASSUMED };
    if (action === 'Publish') return { body: PUBLISHED };
    return { status: 400, body: error(`the bench answers no ${method} ${url}`) };
  };

  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      services.calls += 1;
      const answer = answerOf(request, body);
      if (answer) response.writeHead(answer.status ?? 200).end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const services: Services = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs,
    calls: 0,
    holdJobs: (count) => new Promise((all) => (held = { left: count, all: () => all() })),
    answerJobs: () => (held = undefined),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return services;
}

interface Answer {
  readonly status?: number;
  readonly body?: string | Buffer;
}

const error = (code: string): string => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;

const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIABENCH</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

const PUBLISHED = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>00000000-0000-0000-0000-000000000000</MessageId></PublishResult></PublishResponse>`;
