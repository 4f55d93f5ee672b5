import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { SEVERITIES, type Severity } from '../../domain/decision.ts';
import { oneLine } from '../../domain/foreign-text.ts';
import { shortIncident } from '../../domain/words.ts';
import { shortened } from '../../domain/shortened.ts';

/** What a pager is sent of one severity of an episode. */
export interface Alert {
  readonly event: 'trigger' | 'acknowledge' | 'resolve';
  readonly incident: string;
  /** Missing while the ledger is unavailable. */
  readonly number?: number | undefined;
  readonly episode: number;
  readonly severity: Severity;
  readonly playbook: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** ISO 8601: since when. */
  readonly openedAt: string;
  readonly account: string;
  readonly region: string;
}

/**
 * The incident, with its episode and severity: a pager
 * notifies people again when the severity is raised, which it does not for an alert that is acknowledged.
 */
export const keyOf = ({ incident, episode, severity }: Pick<Alert, 'incident' | 'episode' | 'severity'>) =>
  `${incident}/${episode}/${severity}`;

/** PagerDuty's limits, in characters. */
const SUMMARY = 1_024;
const DESCRIPTION = 4_000;

const PAGERDUTY_SEVERITIES = {
  'SEV-1': 'critical',
  'SEV-2': 'error',
  'SEV-3': 'warning',
  'SEV-4': 'info',
} as const;

const commandFor = ({ incident, number }: Alert): string =>
  `responder ack ${number === undefined ? incident : shortIncident(number)}`;

/** A body of the Events API v2. */
export function pagerDutyEvent(alert: Alert, routingKey: string): object {
  const { event, severity, title, lines, incident, episode, playbook, openedAt, account, region } = alert;
  const head = { routing_key: routingKey, event_action: event, dedup_key: keyOf(alert) };
  if (event !== 'trigger') return head;
  return {
    ...head,
    payload: {
      summary: shortened(oneLine(title), SUMMARY),
      source: `responder:${region}:${account}`,
      severity: PAGERDUTY_SEVERITIES[severity],
      timestamp: openedAt,
      component: playbook,
      class: severity,
      custom_details: {
        description: shortened(lines.join('\n'), DESCRIPTION),
        incident,
        episode,
        acknowledge: commandFor(alert),
      },
    },
    client: 'Commercial-Ops responder',
  };
}

/**
 * The body of the signed webhook. incident.io takes `title`, `status`, `deduplication_key`, `description` and
 * `metadata` as they are; Grafana IRM's formatted webhook `alert_uid`, `title`, `state` and `message`.
 */
export const WebhookEvent = z
  .strictObject({
    version: z.literal(1),
    id: z.string().describe('the same each time that the event is sent: take it once'),
    event: z.enum(['trigger', 'acknowledge', 'resolve']),
    deduplication_key: z.string().max(255).describe('one alert: the incident, its episode and its severity'),
    alert_uid: z.string().max(255).describe('the same key, for Grafana IRM'),
    title: z.string().max(SUMMARY),
    status: z.enum(['firing', 'resolved']).describe('for incident.io'),
    state: z.enum(['alerting', 'ok']).describe('for Grafana IRM'),
    description: z.string().max(DESCRIPTION),
    message: z.string().max(DESCRIPTION).describe('the same text, for Grafana IRM'),
    metadata: z.strictObject({
      incident: z.string(),
      number: z.int().min(1).optional().describe('people call it INC-<number>'),
      episode: z.int().min(1),
      severity: z.enum(SEVERITIES),
      playbook: z.string(),
      opened_at: z.iso.datetime(),
      acknowledge: z.string().describe('the command that acknowledges it'),
    }),
  })
  .describe('What a webhook in people.pagers is sent');
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export function webhookEvent(alert: Alert): WebhookEvent {
  const { event, severity, lines, incident, number, episode, playbook, openedAt } = alert;
  const key = keyOf(alert);
  const description = shortened(lines.join('\n'), DESCRIPTION);
  return {
    version: 1,
    id: createHash('sha256').update(`${key}/${event}`).digest('hex').slice(0, 32),
    event,
    deduplication_key: key,
    alert_uid: key,
    title: shortened(oneLine(alert.title), SUMMARY),
    status: event === 'resolve' ? 'resolved' : 'firing',
    state: event === 'resolve' ? 'ok' : 'alerting',
    description,
    message: description,
    metadata: {
      incident,
      ...(number !== undefined && { number }),
      episode,
      severity,
      playbook,
      opened_at: openedAt,
      acknowledge: commandFor(alert),
    },
  };
}

export const TIMESTAMP_HEADER = 'x-responder-timestamp';
export const SIGNATURE_HEADER = 'x-responder-signature';

/** HMAC-SHA256 over the timestamp (seconds since 1970), a full stop and the body: `v1=<hex>`. */
export const signatureOf = (timestamp: number | string, body: string | Buffer, secret: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
