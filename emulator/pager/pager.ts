import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../kernel/clock.ts';
import type { Collection, Store } from '../kernel/store.ts';

export type PagerKind = 'pagerduty' | 'webhook';
export const PAGER_KINDS = ['pagerduty', 'webhook'] as const satisfies readonly PagerKind[];

/** An event as it was accepted, without what proves its sender. */
export interface KeptEvent {
  readonly id: string;
  readonly at: string;
  readonly pager: PagerKind;
  readonly event: 'trigger' | 'acknowledge' | 'resolve';
  readonly key: string;
  /** What people are called with; only a trigger says it. */
  readonly title: string;
  readonly severity: string;
  readonly body: unknown;
}

export interface KeptAlert {
  readonly key: string;
  readonly pager: PagerKind;
  readonly state: 'triggered' | 'acknowledged' | 'resolved';
}

/** Why it is not accepted, with the status of the answer. */
export class PagerRefusal extends Error {
  override readonly name = 'PagerRefusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const text = (most: number) => z.string().min(1).max(most);

/** The Events API v2, as its documentation describes it. */
const EventsApi = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: text(255).optional(),
  payload: z
    .strictObject({
      summary: text(1_024),
      source: text(1_024),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime({ offset: true }).optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  client: z.string().optional(),
  client_url: z.url().optional(),
  links: z.array(z.object({ href: z.url(), text: z.string().optional() })).optional(),
  images: z.array(z.object({ src: z.url({ protocol: /^https$/ }) })).optional(),
});

/** What incident.io and Grafana IRM read of a webhook's body. */
const Webhook = z.looseObject({
  id: text(64),
  event: z.enum(['trigger', 'acknowledge', 'resolve']),
  title: text(1_024),
  status: z.enum(['firing', 'resolved']),
  state: z.enum(['alerting', 'ok']),
  deduplication_key: text(255),
  alert_uid: text(255),
  description: z.string(),
  metadata: z.looseObject({ severity: z.string() }),
});

interface Keys {
  readonly routingKey: string;
  readonly secret: string;
  readonly authorization: string;
  readonly acknowledgeSecret: string;
}

const KEYS = 'only';
/** A receiver refuses what was signed longer ago. */
const WINDOW_SECONDS = 300;

/** A PagerDuty service, and some other pager that takes signed webhooks: both only as far as the responder uses them. */
export class Pagers {
  readonly events: Collection<KeptEvent>;
  readonly alerts: Collection<KeptAlert>;
  private readonly kept: Collection<Keys>;
  private readonly clock: Clock;

  constructor({ store, clock }: { store: Pick<Store, 'collection'>; clock: Clock }) {
    this.events = store.collection<KeptEvent>('pager.event');
    this.alerts = store.collection<KeptAlert>('pager.alert');
    this.kept = store.collection<Keys>('pager.keys');
    this.clock = clock;
  }

  /** Generated once. */
  async keys(): Promise<Keys> {
    const [known] = this.kept.all();
    if (known) return known;
    const random = (bytes: number): string => randomBytes(bytes).toString('hex');
    const keys = {
      routingKey: random(16),
      secret: random(24),
      authorization: `Bearer ${random(16)}`,
      acknowledgeSecret: random(24),
    };
    await this.kept.put(KEYS, keys);
    return keys;
  }

  /** @throws PagerRefusal */
  async takeEvent(body: unknown): Promise<string> {
    const { routing_key, ...event } = fit(EventsApi, body);
    if (routing_key !== (await this.keys()).routingKey)
      throw new PagerRefusal(400, "'routing_key' is invalid");
    const { event_action, payload } = event;
    const key = event.dedup_key ?? (event_action === 'trigger' ? randomBytes(16).toString('hex') : undefined);
    if (key === undefined) throw new PagerRefusal(400, "'dedup_key' is missing");
    if (event_action === 'trigger' && !payload) throw new PagerRefusal(400, "'payload' is missing");
    const { summary: title = '', severity = '' } = payload ?? {};
    await this.keep({ pager: 'pagerduty', event: event_action, key, title, severity, body: event });
    return key;
  }

  /** @throws PagerRefusal */
  async takeWebhook(raw: Buffer, header: (name: string) => string | undefined): Promise<void> {
    const { secret, authorization } = await this.keys();
    if (header('authorization') !== authorization) throw new PagerRefusal(401, 'the authorization is wrong');
    const timestamp = header('x-responder-timestamp') ?? '';
    const wanted = createHmac('sha256', secret).update(`${timestamp}.`).update(raw).digest();
    const given = Buffer.from((header('x-responder-signature') ?? '').replace(/^v1=/, ''), 'hex');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new PagerRefusal(401, 'the signature is wrong');
    if (Math.abs(this.clock.now().getTime() / 1_000 - Number(timestamp)) > WINDOW_SECONDS)
      throw new PagerRefusal(401, 'it was signed too long ago');
    const body = fit(Webhook, jsonOf(raw));
    if (body.deduplication_key !== body.alert_uid) throw new PagerRefusal(422, 'alert_uid is another key');
    // The same event again is taken once.
    if (this.events.all().some((one) => one.pager === 'webhook' && (one.body as typeof body).id === body.id))
      return;
    const { event, title, metadata, deduplication_key: key } = body;
    await this.keep({ pager: 'webhook', event, key, title, severity: metadata.severity, body });
  }

  /** As both do: what follows the end of an alert is dropped, unless it triggers a new one. */
  private async keep(event: Omit<KeptEvent, 'id' | 'at'>): Promise<void> {
    const at = this.clock.now().toISOString();
    const id = String(this.events.all().length + 1).padStart(6, '0');
    await this.events.put(id, { ...event, id, at });
    const { pager, key } = event;
    const place = `${pager} ${key}`;
    const { state } = this.alerts.get(place) ?? {};
    const isOpen = state === 'triggered' || state === 'acknowledged';
    if (event.event === 'trigger') {
      if (!isOpen) await this.alerts.put(place, { key, pager, state: 'triggered' });
    } else if (isOpen)
      await this.alerts.put(place, {
        key,
        pager,
        state: event.event === 'resolve' ? 'resolved' : 'acknowledged',
      });
  }
}

function jsonOf(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new PagerRefusal(400, 'the body is no JSON');
  }
}

function fit<T>(shape: z.ZodType<T>, value: unknown): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new PagerRefusal(400, `Event object is invalid: ${z.prettifyError(read.error)}`);
}
