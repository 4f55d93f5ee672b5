import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Network } from '../aws/network.ts';
import { CUSTOM_RESOURCE_PREFIX } from '../kernel/places.ts';
import type { Placement } from '../kernel/service.ts';
import type { Severed } from '../wire/exchange.ts';
import { header, type WireAnswer, type WireRequest } from '../wire/message.ts';

export interface CustomRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly [more: string]: unknown;
}

/** Of a whole answer, and of an id in it. */
const ANSWER_BYTES = 4_096;
const ID_BYTES = 1_024;

const Answer = z.object({
  Status: z.enum(['SUCCESS', 'FAILED']),
  Reason: z.string().optional(),
  PhysicalResourceId: z.string().min(1),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  Data: z.record(z.string(), z.string()).optional(),
});
export type CustomAnswer = z.infer<typeof Answer>;

interface Asked {
  readonly placement?: Placement;
  body?: Buffer;
}

/** Asks functions for resources of their own, and takes the answers that they put at a signed URL of S3. */
export class CustomResources {
  private readonly asked = new Map<string, Asked>();
  private readonly needs: {
    readonly endpoint: () => string;
    readonly network: Pick<Network, 'noWay'>;
    readonly placementOf: (functionArn: string) => Placement | undefined;
    readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  };

  constructor(needs: CustomResources['needs']) {
    this.needs = needs;
  }

  /** @throws what makes CloudFormation take the deployment back */
  async request(functionArn: string, request: CustomRequest): Promise<CustomAnswer> {
    const RequestId = randomUUID();
    const path = `${CUSTOM_RESOURCE_PREFIX}${RequestId}`;
    const placement = this.needs.placementOf(functionArn);
    const asked: Asked = { ...(placement && { placement }) };
    this.asked.set(path, asked);
    try {
      // A function that fails or times out leaves the request without an answer.
      await this.needs.invoke(functionArn, {
        ...request,
        RequestId,
        ResponseURL: `${this.needs.endpoint()}${path}`,
      });
    } finally {
      this.asked.delete(path);
    }
    return verified(asked.body, { ...request, RequestId });
  }

  /** A signed URL names no header but the host: with a type of its own the content is not what was signed. */
  serve({ method, path, headers, body }: WireRequest): WireAnswer | Severed {
    const asked = this.asked.get(path);
    if (asked && this.needs.network.noWay(asked, 's3') !== undefined) return { sever: true };
    const isSigned = asked && method === 'PUT' && (header(headers, 'content-type') ?? '') === '';
    if (!isSigned)
      return {
        status: 403,
        headers: { 'content-type': 'application/xml' },
        body: '<Error><Code>SignatureDoesNotMatch</Code></Error>',
      };
    asked.body = body;
    return { status: 200, headers: {}, body: '' };
  }
}

function verified(
  body: Buffer | undefined,
  request: CustomRequest & { readonly RequestId: string },
): CustomAnswer {
  if (!body)
    throw new Error(
      'CloudFormation did not receive a response from your Custom Resource. ' +
        `Please check your logs for requestId [${request.RequestId}].`,
    );
  if (body.length > ANSWER_BYTES) throw new Error('Response object is too long.');
  let answer: CustomAnswer;
  try {
    answer = Answer.parse(JSON.parse(body.toString()));
  } catch (cause) {
    throw new Error('Invalid response object: it is no JSON, or fields are missing', { cause });
  }
  for (const key of ['StackId', 'RequestId', 'LogicalResourceId'] as const)
    if (answer[key] !== request[key])
      throw new Error(`Invalid ${key}: the answer has ${answer[key]}, the request ${request[key]}`);
  if (Buffer.byteLength(answer.PhysicalResourceId) > ID_BYTES) throw new Error('Invalid PhysicalResourceId');
  if (answer.Status === 'FAILED')
    throw new Error(
      `Received response status [FAILED] from custom resource. Message returned: ${answer.Reason ?? ''}`,
    );
  return answer;
}
