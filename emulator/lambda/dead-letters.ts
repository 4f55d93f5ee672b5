import type { FunctionFailure } from './worker-protocol.ts';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue: string;
}

/** SQS and SNS, as targets of failed events. */
export interface Destinations {
  readonly sqs?: {
    /** @param sender ARN of the role that sends */
    send(
      queueArn: string,
      body: string,
      attributes: Record<string, MessageAttribute> | undefined,
      sender: string,
    ): unknown;
  };
  readonly sns?: {
    publish(
      message: {
        topicArn: string;
        message: string;
        subject?: string;
        attributes?: Record<string, MessageAttribute>;
      },
      publisher: { arn: string },
    ): unknown;
  };
}

/** An accepted event that could not be handled. */
export interface DeadLetter {
  readonly functionArn: string;
  readonly version: string;
  readonly roleArn: string;
  readonly requestId: string;
  /** The original event, as JSON text. */
  readonly event: string;
  readonly failure: FunctionFailure;
  /** As the record of a failure names it; by default its retries were exhausted. */
  readonly condition?: 'RetriesExhausted' | 'EventAgeExceeded';
  readonly attempts: number;
  readonly at: Date;
}

/** Lambda's own limit for the attribute `ErrorMessage`, in bytes. */
const LONGEST_ERROR_MESSAGE = 1024;

/** Sends the event itself, with the reason in its attributes, as `DeadLetterConfig` does. */
export async function sendDeadLetter(targetArn: string, letter: DeadLetter, to: Destinations): Promise<void> {
  const message = Buffer.from(letter.failure.errorMessage)
    .subarray(0, LONGEST_ERROR_MESSAGE)
    .toString('utf8');
  await deliver(targetArn, letter.event, letter.roleArn, to, {
    RequestID: { DataType: 'String', StringValue: letter.requestId },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: message === '' ? letter.failure.errorType : message },
  });
}

/** Sends the invocation's record to an `OnFailure` destination. */
export async function sendFailureRecord(
  targetArn: string,
  letter: DeadLetter,
  to: Destinations,
): Promise<void> {
  const record = {
    version: '1.0',
    timestamp: letter.at.toISOString(),
    requestContext: {
      requestId: letter.requestId,
      functionArn: `${letter.functionArn}:${letter.version}`,
      condition: letter.condition ?? 'RetriesExhausted',
      approximateInvokeCount: letter.attempts,
    },
    requestPayload: JSON.parse(letter.event) as unknown,
    responseContext: { statusCode: 200, executedVersion: letter.version, functionError: 'Unhandled' },
    responsePayload: letter.failure,
  };
  await deliver(targetArn, JSON.stringify(record), letter.roleArn, to);
}

async function deliver(
  targetArn: string,
  body: string,
  roleArn: string,
  to: Destinations,
  attributes?: Record<string, MessageAttribute>,
): Promise<void> {
  const service = targetArn.split(':')[2];
  if (service === 'sqs' && to.sqs) await to.sqs.send(targetArn, body, attributes, roleArn);
  else if (service === 'sns' && to.sns)
    await to.sns.publish(
      { topicArn: targetArn, message: body, ...(attributes ? { attributes } : {}) },
      { arn: roleArn },
    );
  else
    throw new Error(
      `A failed event could not be sent to ${targetArn}: wanted an SQS queue or an SNS topic, and the emulator's ${service ?? '?'} service`,
    );
}
