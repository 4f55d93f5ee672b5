import { Lambda } from '@aws-sdk/client-lambda';
import { S3 } from '@aws-sdk/client-s3';
import type { AwsClients } from '../../../lambdas/platform/aws.ts';

/** An error as AWS names it. */
export const awsError = (name: string): Error => Object.assign(new Error(`${name}, said AWS`), { name });

/** Making a client costs milliseconds, and a test makes thousands of worlds. */
const s3 = new S3({ region: 'us-east-1' });
const lambda = new Lambda({ region: 'us-east-1' });

interface Sent {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

/**
 * S3 and Lambda at their clients' `send`, with the behaviour that the dispatcher relies on: objects by key, and
 * executions that are one per name.
 */
export class FakeAws {
  readonly objects = new Map<string, string>();
  /** Payloads by execution name. */
  readonly executions = new Map<string, string>();
  /** The function that each was started on, by run. */
  readonly startedOn = new Map<string, string>();
  readonly callbacks: { id: string; result: unknown }[] = [];
  readonly calls: string[] = [];
  /** Asked before each call: answers the error to throw, by operation and key or name. */
  fault: (operation: string, subject: string) => Error | undefined = () => undefined;

  readonly clients: Pick<AwsClients, 's3' | 'lambda'> = {
    s3: async () => this.wire(s3),
    lambda: async () => this.wire(lambda),
  };

  private wire<C extends { send: unknown }>(real: C): C {
    // Still an instance of its class, which paginators ask for.
    const client = Object.create(real) as C;
    client.send = async (command: Sent) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const { Key, Prefix, DurableExecutionName, CallbackId } = command.input;
      const subject = [Key, Prefix, DurableExecutionName, CallbackId].find(
        (value) => typeof value === 'string',
      );
      this.calls.push(`${operation} ${subject ?? ''}`);
      const error = this.fault(operation, subject ?? '');
      if (error) throw error;
      const answer = this.answers[operation];
      if (!answer) throw new Error(`${operation} is not faked`);
      return answer(command.input, subject ?? '');
    };
    return client;
  }

  private readonly answers: Record<string, (input: Record<string, unknown>, subject: string) => unknown> = {
    PutObject: ({ Body }, key) => void this.objects.set(key, String(Body)),
    DeleteObject: (_, key) => void this.objects.delete(key),
    HeadObject: (_, key) => {
      if (!this.objects.has(key)) throw awsError('NotFound');
    },
    GetObject: (_, key) => {
      const body = this.objects.get(key);
      if (body === undefined) throw awsError('NoSuchKey');
      return { Body: { transformToString: async () => body } };
    },
    ListObjectsV2: ({ ContinuationToken }, prefix) => {
      const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const from = Number(ContinuationToken ?? 0);
      const more = keys.length > from + 2;
      return {
        Contents: keys.slice(from, from + 2).map((Key) => ({ Key })),
        ...(more && { IsTruncated: true, NextContinuationToken: String(from + 2) }),
      };
    },
    Invoke: ({ Payload, InvocationType, FunctionName }, name) => {
      if (InvocationType !== 'Event' || !/:\w+$/.test(String(FunctionName)))
        throw awsError('InvalidParameterValueException');
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw awsError('ValidationException');
      const payload = String(Payload);
      const before = this.executions.get(name);
      if (before !== undefined && before !== payload)
        throw awsError('DurableExecutionAlreadyStartedException');
      this.executions.set(name, payload);
      this.startedOn.set((JSON.parse(payload) as { run: string }).run, String(FunctionName));
      return { StatusCode: 202 };
    },
    ListDurableExecutionsByFunction: ({ FunctionName }, name) => ({
      DurableExecutions: this.executions.has(name)
        ? [
            {
              DurableExecutionName: name,
              DurableExecutionArn: `${String(FunctionName)}:1/durable-execution/${name}/id`,
            },
          ]
        : [],
    }),
    GetDurableExecution: ({ DurableExecutionArn }) => ({
      InputPayload: this.executions.get(String(DurableExecutionArn).split('/')[2] ?? ''),
    }),
    SendDurableExecutionCallbackSuccess: ({ Result }, id) => {
      this.callbacks.push({ id, result: JSON.parse(String(Result)) as unknown });
      return {};
    },
  };
}
