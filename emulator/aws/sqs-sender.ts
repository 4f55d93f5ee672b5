import { ACCOUNT } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import { parsePolicy } from './iam-policy.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import type { Queue } from './sqs-queue.ts';

/**
 * An AWS service may send only if the queue's policy allows it. @param sourceArn the resource for
 * which it sends, e.g. the topic
 * @throws AwsError `AccessDenied`
 */
export function requireSender({ arn, policy }: Queue, service: string, sourceArn: string): void {
  const context = {
    'aws:SourceArn': sourceArn,
    'aws:SourceAccount': ACCOUNT,
    'aws:SecureTransport': 'true',
  };
  const verdict =
    policy === undefined
      ? 'implicitDeny'
      : evaluateResourcePolicy(
          parsePolicy('of the queue', policy),
          { service },
          'sqs:SendMessage',
          arn,
          context,
        );
  if (verdict !== 'allowed')
    throw new AwsError(
      'AccessDenied',
      `${service} for ${sourceArn} is not authorized to perform: sqs:SendMessage on ${arn} (the queue's policy says: ${verdict})`,
      403,
    );
}
