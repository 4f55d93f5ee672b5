import { isObject, own, ownText, type JsonObject } from './json.ts';
import { ignored, unrecognised, type Verdict } from './received.ts';

/** What an SNS envelope holds, or why there is nothing to unwrap. */
export type SnsContent =
  { readonly message: string; readonly topicArn?: string } | { readonly verdict: Verdict };

/** `Records[].Sns` of a Lambda event: `{"EventSource":"aws:sns","EventSubscriptionArn":"…","Sns":{"Type":"Notification",…}}` */
export const isSnsRecord = (record: JsonObject): boolean => Object.hasOwn(record, 'Sns');

export function contentOfSnsRecord(record: JsonObject): SnsContent {
  const sns = own(record, 'Sns');
  return isObject(sns)
    ? contentOfNotification(sns)
    : { verdict: unrecognised('an SNS record whose Sns is no object') };
}

/** As SNS posts it over HTTP and puts it into an SQS body. */
export const isNotification = (value: JsonObject): boolean =>
  ownText(value, 'Type') !== undefined && ownText(value, 'TopicArn') !== undefined;

export function contentOfNotification(notification: JsonObject): SnsContent {
  const type = ownText(notification, 'Type') ?? 'Notification';
  const topicArn = ownText(notification, 'TopicArn');
  if (type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation') {
    return {
      verdict: ignored(`SNS requests a ${type} of ${topicArn ?? 'a topic'}; only people confirm it`),
    };
  }
  const message = own(notification, 'Message');
  if (typeof message !== 'string') {
    return { verdict: unrecognised('an SNS notification whose Message is no text') };
  }
  return { message, ...(topicArn && { topicArn }) };
}
