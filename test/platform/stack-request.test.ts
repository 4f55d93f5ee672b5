import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { answerStack, stackRequestOf } from '../../lambdas/platform/stack-request.ts';

const request = {
  RequestType: 'Create' as const,
  ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/arn%3Aaws%3A?X=1',
  StackId: 'arn:aws:cloudformation:us-east-1:012345678901:stack/s/1',
  RequestId: 'r',
  LogicalResourceId: 'Done',
  ResourceProperties: { ServiceToken: 'arn' },
};

test.each([
  request.ResponseURL,
  'https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/x?y',
  'https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x?y',
  'http://127.0.0.1:4566/_custom-resource/1',
])('an answer may go to %s', (ResponseURL) => {
  expect(stackRequestOf({ ...request, ResponseURL }, 'http://127.0.0.1:4566')).toMatchObject({ ResponseURL });
});

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x',
  'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com.evil.example/x',
  'https://cloudformation-custom-resource-response-x@evil.example/.s3.amazonaws.com/',
  'https://other.s3.amazonaws.com/x',
  'http://127.0.0.1:4566/_custom-resource/1',
  'http://127.0.0.1:4566/other',
])('no answer is sent to %s', (ResponseURL) => {
  const endpoint = ResponseURL.endsWith('other') ? 'http://127.0.0.1:4566' : undefined;
  expect(() => stackRequestOf({ ...request, ResponseURL }, endpoint)).toThrow(/nothing was done/);
});

test.each([undefined, {}, { check: true }, [], 'x'])('%j is no request of CloudFormation', (event) => {
  expect(stackRequestOf(event)).toBeUndefined();
});

describe('an answer', () => {
  const got: { type: string | undefined; body: Record<string, string>; bytes: number }[] = [];
  let status = 200;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      got.push({
        type: req.headers['content-type'],
        body: JSON.parse(body.toString()) as Record<string, string>,
        bytes: body.length,
      });
      res.writeHead(status).end();
    });
  });
  let here = request;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    here = { ...request, ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  });
  beforeEach(() => {
    got.length = 0;
    status = 200;
  });
  afterAll(() => void server.close());

  it('says what was asked and that it is done, without a type: the URL is signed without one', async () => {
    await answerStack(here, async () => Promise.resolve());
    const { StackId, RequestId, LogicalResourceId } = request;
    expect(got).toEqual([
      {
        type: undefined,
        bytes: expect.any(Number) as number,
        body: { Status: 'SUCCESS', PhysicalResourceId: 'Done', StackId, RequestId, LogicalResourceId },
      },
    ]);
  });

  it('says why it failed, in less than CloudFormation takes, however long the reason', async () => {
    await answerStack(here, () => Promise.reject(new Error('Größe '.repeat(2_000))));
    expect(got[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Größe/) as string,
    });
    expect(got[0]?.bytes).toBeLessThan(4_096);
  });

  it('to a deletion does nothing, and is given all the same', async () => {
    await answerStack({ ...here, RequestType: 'Delete' }, () => Promise.reject(new Error('it acted')));
    expect(got[0]?.body).toMatchObject({ Status: 'SUCCESS' });
  });

  it('that is refused fails the call', async () => {
    status = 403;
    await expect(answerStack(here, async () => Promise.resolve())).rejects.toThrow(/refused.* 403/);
  });
});
