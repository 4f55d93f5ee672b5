import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { AddressInfo } from 'node:net';
import type { ServiceDefinition } from '../kernel/service.ts';
import { CUSTOM_RESOURCE_PREFIX, FUNCTION_URL_PREFIX, JIRA_PREFIX, PAGER_PREFIX } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import { conduct, wireError } from './exchange.ts';
import type { Exchange, ExchangeTools, Severed } from './exchange.ts';
import { scopeOf } from './caller.ts';
import { header } from './message.ts';
import type { WireAnswer, WireRequest } from './message.ts';
import { plainBody } from './plain-body.ts';
import { protocolOf, protocolByLook } from './protocols.ts';
import { loadServiceSchema } from './service-schema.ts';
import type { ServiceSchema } from './service-schema.ts';

/** HTTP that is not AWS's. Returns true if it has taken the request and answers it. */
export type ControlRoutes = (
  req: IncomingMessage,
  res: ServerResponse,
  body: Buffer,
) => boolean | Promise<boolean>;

export interface WireOptions extends ExchangeTools {
  readonly services: readonly ServiceDefinition[];
  /** Serves what lies under `/_sandbox/`. Not counted as in flight: it may wait for the clock to advance. */
  readonly routes?: ControlRoutes;
  /** Serves what lies under `FUNCTION_URL_PREFIX`: functions with a URL of their own. */
  readonly functionUrls?: (request: WireRequest, requestId: string) => Promise<WireAnswer>;
  /** Serves what lies under `CUSTOM_RESOURCE_PREFIX`. */
  readonly customResources?: { serve(request: WireRequest): WireAnswer | Severed };
  /** Serves what lies under `JIRA_PREFIX`. */
  readonly jira?: (request: WireRequest) => Promise<WireAnswer | Severed>;
  /** Serves what lies under `PAGER_PREFIX`. */
  readonly pagers?: (request: WireRequest) => Promise<WireAnswer | Severed>;
}

const CONTROL_PREFIX = '/_sandbox/';
/**
 * Longer than any client keeps a socket: with Node's 5 s a client would sometimes write to a
 * connection that is just being closed, and clients that change something do not resend.
 */
const KEEP_ALIVE_MS = 3_600_000;

/**
 * An AWS endpoint. Listen with `listenOnLoopback`; connections from other machines are always cut.
 * Every call counts as in flight from its first byte until its answer is written, so that the clock stands still.
 */
export function createWire(options: WireOptions): Server {
  const services = new Map(
    options.services.map((definition) => [
      definition.signingName,
      { definition, schema: lazily(definition) },
    ]),
  );

  async function answer(received: WireRequest, requestId: string): Promise<WireAnswer | Severed> {
    const scope = scopeOf(received);
    const service = services.get(scope?.signingName ?? '');
    if (!scope || !service) {
      const error = scope
        ? new AwsError(
            'UnknownOperationException',
            `the service ${scope.signingName} is not emulated. Emulated services: ${[...services.keys()].sort().join(', ')}.`,
            501,
          )
        : new AwsError(
            'MissingAuthenticationToken',
            'the request is not signed (Signature Version 4); sign it with credentials of this account',
            403,
          );
      return protocolByLook(received).fail(wireError(error, undefined, requestId));
    }
    const schema = await service.schema();
    const request = plainBody(received, schema);
    const protocol = protocolOf(schema, request);
    const exchange: Exchange = {
      definition: service.definition,
      schema,
      protocol,
      request,
      received,
      scope,
      requestId,
    };
    return conduct(exchange, options);
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const request = requestOf(req, await bodyOf(req));
    let result: WireAnswer | Severed;
    try {
      const { functionUrls, customResources, jira, pagers } = options;
      if (functionUrls && request.path.startsWith(FUNCTION_URL_PREFIX))
        result = await functionUrls(request, requestId);
      else if (customResources && request.path.startsWith(CUSTOM_RESOURCE_PREFIX))
        result = customResources.serve(request);
      else if (jira && request.path.startsWith(JIRA_PREFIX)) result = await jira(request);
      else if (pagers && request.path.startsWith(PAGER_PREFIX)) result = await pagers(request);
      else result = await answer(request, requestId);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      result = protocolByLook(request).fail(wireError(failure, undefined, requestId));
    }
    if ('sever' in result) sever(res, result.kill);
    else
      await send(req, res, result, {
        'x-amzn-requestid': requestId,
        date: options.clock.now().toUTCString(),
      });
  }

  async function control(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (await options.routes?.(req, res, await bodyOf(req))) return;
    res
      .writeHead(404, { 'content-type': 'text/plain' })
      .end(`the emulator has no ${req.method} ${req.url}\n`);
  }

  const server = http.createServer((req, res) => {
    if (!isOurs(req)) {
      res
        .writeHead(421, { 'content-type': 'text/plain' })
        .end(`the emulator is ${ADDRESSES}, not ${JSON.stringify(req.headers.host ?? '').slice(0, 80)}\n`);
      return;
    }
    if (fromBrowser(req) && !isFunctionUrl(req)) {
      res.writeHead(403, { 'content-type': 'text/plain' }).end('web pages may not use the emulator\n');
      return;
    }
    const isControl = req.url?.startsWith(CONTROL_PREFIX);
    const work = isControl ? control(req, res) : options.clock.busy(labelOf(req), () => serve(req, res));
    // A broken connection, or a control route that threw: the caller must not wait for ever.
    work.catch(() => res.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket) => {
    if (!/^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')) socket.destroy();
  });
  return server;
}

/** @returns the endpoint's URL; port 0 takes a free one */
export async function listenOnLoopback(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An SDK package takes 40 ms to load, so only used ones are. A failed load is tried again. */
function lazily(definition: ServiceDefinition): () => Promise<ServiceSchema> {
  let loading: Promise<ServiceSchema> | undefined;
  return () =>
    (loading ??= loadServiceSchema(definition).catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function requestOf(req: IncomingMessage, body: Buffer): WireRequest {
  const [path = '/', ...search] = (req.url ?? '/').split('?');
  return {
    method: req.method ?? 'GET',
    path,
    query: new URLSearchParams(search.join('?')),
    headers: req.headers,
    body,
  };
}

const ADDRESSES = '127.0.0.1, localhost or [::1], at its own port';

/**
 * A web page whose name was pointed at this machine is of the same origin for its browser, which then
 * sends neither `Origin` nor `Sec-Fetch-Site`: only the name shows it.
 */
function isOurs(req: IncomingMessage): boolean {
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(req.headers.host?.toLowerCase() ?? '') ?? [];
  return NAMES.has(name) && port === String(req.socket.localPort);
}
const NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Otherwise any web page could post a form to the endpoint, and be root. */
const fromBrowser = (req: IncomingMessage): boolean =>
  req.headers.origin !== undefined || header(req.headers, 'sec-fetch-site') !== undefined;

/** A function's URL is for the web: it has no root, and checks every signature itself. */
const isFunctionUrl = (req: IncomingMessage): boolean => req.url?.startsWith(FUNCTION_URL_PREFIX) ?? false;

const labelOf = (req: IncomingMessage): string =>
  `request ${header(req.headers, 'x-amz-target') ?? `${req.method} ${req.url}`}`;

function sever(res: ServerResponse, pid: number | undefined): void {
  if (pid !== undefined) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // ESRCH: the worker has ended meanwhile, as intended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  res.socket?.destroy();
}

async function send(
  req: IncomingMessage,
  res: ServerResponse,
  answer: WireAnswer,
  headers: Record<string, string>,
): Promise<void> {
  const { body } = answer;
  const stream = typeof body === 'string' || body instanceof Uint8Array ? undefined : body;
  const bytes = stream ? undefined : Buffer.from(body as string | Uint8Array);
  // A HEAD has the length of the GET; its operation has set the header.
  const length = bytes && req.method !== 'HEAD' ? { 'content-length': String(bytes.length) } : {};
  res.writeHead(answer.status, { ...headers, ...length, ...answer.headers });
  if (stream) {
    await pipeline(stream, res);
    return;
  }
  const done = new Promise<void>((resolve) => res.once('finish', resolve).once('close', resolve));
  res.end(req.method === 'HEAD' ? undefined : bytes);
  await done;
}
