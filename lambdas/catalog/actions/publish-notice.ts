import { bodyOf, subjectOf, type Notification } from '../../notifications/notify.ts';
import { arnOf } from '../../platform/iam.ts';
import { notice as noticeOf } from '../../domain/lock-names.ts';
import type { Settings } from '../../platform/settings.ts';
import type { ActionDefinition, Params } from './definition.ts';
import { impactOn } from './impact.ts';
import { ledgerChange, type LedgerChange } from './ledger-change.ts';

type MadeHere = 'closedPeriod' | 'locks' | 'impact' | 'undo' | 'change';

export interface Notice extends Omit<LedgerChange, MadeHere> {
  /** Name of one of Commercial-Ops' topics. */
  readonly topic: (estate: Settings['estate']) => string;
  /** The tenants that it is about; none by default. */
  readonly tenants?: (params: Params) => readonly string[];
  /** Without tenants' names or raw error texts: the topic has many readers. */
  readonly message: (params: Params) => Pick<Notification, 'subject' | 'body'>;
}

/**
 * A message to one of Commercial-Ops' topics. SNS takes no idempotency token, so it is published
 * inside the transaction that records it: without ledger or lock nothing is sent. Only if the commit
 * is lost after the sending it is sent twice, with the same `action_id`: better than never.
 */
export function publishNotice({ topic, message, tenants = () => [], ...notice }: Notice): ActionDefinition {
  const topicArn = (settings: Settings): string => arnOf(settings, 'sns', topic(settings.estate));
  const recorded = ledgerChange({
    ...notice,
    closedPeriod: { allowed: 'It notifies somebody, and changes nothing.' },
    locks: (params, { estate }) => ({
      writes: [noticeOf(topic(estate), notice.object(params).id)],
      reads: [],
    }),
    impact: async (params) => ({ ...impactOn(1), tenants: tenants(params) }),
    undo: { irreversible: 'What was read stays read; a correction is another notice.' },
    async change(_client, params, { settings, run, actionId }, tools) {
      const { subject, body } = message(params);
      const { MessageId } = await (
        await tools.sns()
      ).publish({
        TopicArn: topicArn(settings),
        Subject: subjectOf(subject),
        Message: bodyOf(body),
        MessageAttributes: { action_id: text(actionId), run_id: text(run) },
      });
      return { topic: topic(settings.estate), message_id: MessageId };
    },
  });
  return {
    ...recorded,
    permissions: (settings) => [
      ...recorded.permissions(settings),
      { actions: ['sns:Publish'], resources: [topicArn(settings)] },
    ],
    repeat:
      'Looked for in job_run before it is sent again. If only the record was lost it comes twice, with the same action_id: better than never.',
  };
}

const text = (value: string) => ({ DataType: 'String', StringValue: value });
