import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { isSameMessage } from '../../domain/escalation-message.ts';
import { causeOf } from '../../platform/tell-error.ts';
import type { MessageRecord } from '../../record/calls.ts';
import { faultFor } from '../messages.ts';
import type { Alert } from './events.ts';
import type { Page, PageOrder } from './order.ts';
import { PagerError, sendAlert } from './send.ts';

const EVENTS = {
  'pager-trigger': 'trigger',
  'pager-acknowledge': 'acknowledge',
  'pager-resolve': 'resolve',
} as const satisfies Record<PageOrder['message']['kind'], Alert['event']>;

/** A pager that asks for more than a day is mistaken. */
const LONGEST_AFTER_SECONDS = 86_400;

export const createPage =
  (secrets: () => Promise<SecretsManager>, send?: typeof fetch): Page =>
  async (order, call, state, { settings, playbooks, now }) => {
    const { message, pager: name, dueAt } = order;
    const at = now();
    const before = state.told.find((one) => one.recipient === name && isSameMessage(one.message, message));
    const tried = {
      message,
      recipient: name,
      dueAt,
      confirmed: null,
      tries: (before?.tries ?? 0) + 1,
      triedAt: at.toISOString(),
      byRun: null,
      why: before?.why ?? null,
    };
    try {
      const pager = settings.people.pagers.find((one) => one.name === name);
      if (!pager) throw new PagerError(`${name} is no pager any more: people.pagers does not name it`);
      const { title, lines } = faultFor(call, state, playbooks);
      const alert: Alert = {
        event: EVENTS[message.kind],
        incident: call.incident,
        number: state.number,
        episode: call.episode,
        severity: message.severity,
        playbook: state.playbook,
        title,
        lines,
        openedAt: state.openedAt,
        account: settings.account,
        region: settings.region,
      };
      await sendAlert(pager, alert, { secrets, now: at, ...(send && { send }) });
      return { ...tried, toldAt: at.toISOString() };
    } catch (error) {
      const words = error instanceof PagerError ? error.message : causeOf(error);
      const why = tried.why ?? `first tried at ${tried.triedAt}: ${words}`;
      return { ...tried, toldAt: null, why, ...laterOf(error, at) };
    }
  };

function laterOf(error: unknown, at: Date): Pick<MessageRecord, 'notBefore'> {
  if (!(error instanceof PagerError) || error.retryAfterSeconds === undefined) return {};
  const seconds = Math.min(error.retryAfterSeconds, LONGEST_AFTER_SECONDS);
  return { notBefore: new Date(at.getTime() + seconds * 1_000).toISOString() };
}
