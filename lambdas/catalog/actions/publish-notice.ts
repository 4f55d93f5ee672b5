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
  /** Whom it is about; by default no single tenants. */
  readonly tenants?: (params: Params) => readonly string[];
  /** What is told. No names of tenants, no raw error texts: the topic's readers are many. */
  readonly message: (params: Params) => Pick<Notification, 'subject' | 'body'>;
}

/**
 * A message to one of Commercial-Ops' own topics. SNS takes no idempotency token, so it is published inside the
 * transaction that records it: a ledger that is away, or a lost lock, keeps it from being sent at all, and what is on
 * record was sent. The commit alone can be lost after the sending. Then nothing tells that it was sent, and it is sent once
 * more: a notice that comes twice is a small evil, one that never comes a larger one. Both bear the same `action_id`.
 */
export function publishNotice({ topic, message, tenants = () => [], ...notice }: Notice): ActionDefinition {
  const topicArn = (settings: Settings): string => arnOf(settings, 'sns', topic(settings.estate));
  const recorded = ledgerChange({
    ...notice,
    closedPeriod: { allowed: 'It tells somebody, and changes nothing.' },
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
