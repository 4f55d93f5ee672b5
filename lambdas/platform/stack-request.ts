import * as z from 'zod';
import { PayloadError } from './payload.ts';

/** What CloudFormation asks of a function that is a custom resource. */
const StackRequest = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.string(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
});
export type StackRequest = z.infer<typeof StackRequest>;

/** Where CloudFormation takes answers; its whole limit of one is 4,096 bytes. */
const ANSWERS =
  /^https:\/\/cloudformation-custom-resource-response-[a-z0-9-]+\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com\//;
const REASON_CHARACTERS = 600;
const ANSWER_MS = 10_000;

/**
 * @returns undefined for any other event
 * @throws for a URL that is not CloudFormation's: anyone who may invoke the function could have it call elsewhere
 */
export function stackRequestOf(event: unknown, endpoint?: string): StackRequest | undefined {
  const read = StackRequest.safeParse(event);
  if (!read.success) return undefined;
  const { ResponseURL: url } = read.data;
  if (ANSWERS.test(url) || (endpoint !== undefined && url.startsWith(`${endpoint}/_custom-resource/`)))
    return read.data;
  throw new PayloadError(
    'Correct the payload; nothing was done: its ResponseURL is no place where CloudFormation takes answers.',
  );
}

/**
 * Answers with what it did, or why it failed: without an answer a deployment stands still until its time is up.
 * A deletion asks nothing of us.
 */
export async function answerStack(
  { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId }: StackRequest,
  act: () => Promise<unknown>,
): Promise<void> {
  let failure: string | undefined;
  try {
    if (RequestType !== 'Delete') await act();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const answer = {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    ...(failure !== undefined && { Reason: failure.slice(0, REASON_CHARACTERS) }),
    PhysicalResourceId: LogicalResourceId,
    StackId,
    RequestId,
    LogicalResourceId,
  };
  // As bytes: fetch would give text a type, which the URL's signature does not have.
  const { status } = await fetch(ResponseURL, {
    method: 'PUT',
    body: Buffer.from(JSON.stringify(answer)),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (status !== 200) throw new Error(`CloudFormation refused the answer ${answer.Status} with ${status}`);
}
