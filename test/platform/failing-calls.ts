import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { isUnanswered } from '../../lambdas/platform/unanswered.ts';

/**
 * Calls AWS in each way that a call can fail, and prints which of the errors leave it open. In a process of its own: in
 * jest's realm the SDK takes Node's errors for none, and wraps them.
 */

const never: RequestListener = () => undefined;
const says = (status: number, type: string): RequestListener => {
  const body = JSON.stringify({ __type: type, message: 'as said' });
  return (_, response) => response.writeHead(status, { 'x-amzn-errortype': type }).end(body);
};

const answers: Readonly<Record<string, RequestListener>> = {
  'no answer in time': never,
  'broken off before the answer': ({ socket }) => socket.destroy(),
  'broken off in its head': ({ socket }) => socket.end('HTTP/1.1 200 '),
  'broken off in its body': ({ socket }, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{', () => socket.destroy());
  },
  'nobody listens': never,
  'given up on our side': never,
  AccessDeniedException: says(400, 'AccessDeniedException'),
  ThrottlingException: says(400, 'ThrottlingException'),
  ConcurrentRunsExceededException: says(400, 'ConcurrentRunsExceededException'),
  InternalServiceException: says(500, 'InternalServiceException'),
};

const verdicts: [string, boolean][] = [];
for (const [name, answer] of Object.entries(answers)) {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  if (name === 'nobody listens') await new Promise((closed) => server.close(closed));
  const glue = new GlueClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true },
  });
  const giveUp = name === 'given up on our side' ? { abortSignal: AbortSignal.timeout(20) } : {};
  const failed = await glue
    .send(new StartJobRunCommand({ JobName: 'a' }), giveUp)
    .catch((error: unknown) => error);
  verdicts.push([name, isUnanswered(failed)]);
  glue.destroy();
  server.closeAllConnections();
  server.close();
}
console.log(JSON.stringify(Object.fromEntries(verdicts)));
