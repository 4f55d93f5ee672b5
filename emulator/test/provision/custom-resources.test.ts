import { arn } from '../../kernel/places.ts';
import { CUSTOM_RESOURCE_PREFIX } from '../../kernel/places.ts';
import type { CustomRequest } from '../../provision/custom-resources.ts';
import { startServices, type Services } from './services.ts';

type Asked = CustomRequest & Record<string, string | Record<string, unknown>>;
let services: Services;
let asked: Asked[];
/** What the function puts at the URL; undefined: it does not answer. */
let answer: ((request: Asked) => unknown) | undefined;
let headers: Record<string, string>;
const good = ({ StackId, RequestId, LogicalResourceId }: Asked) => ({
  Status: 'SUCCESS',
  PhysicalResourceId: 'made',
  StackId,
  RequestId,
  LogicalResourceId,
  Data: { Size: '3' },
});
const statuses: number[] = [];

beforeEach(() => {
  services = startServices();
  asked = [];
  statuses.length = 0;
  headers = {};
  answer = good;
  services.lambda.registerNative({
    name: 'maker',
    handler: async (event) => {
      const request = event as Asked;
      asked.push(request);
      if (!answer) return;
      const body = Buffer.from(JSON.stringify(answer(request)));
      const path = new URL(request['ResponseURL'] as string).pathname;
      const got = services.customResources.serve({
        method: 'PUT',
        path,
        query: new URLSearchParams(),
        headers,
        body,
      });
      statuses.push('status' in got ? got.status : 0);
      await Promise.resolve();
    },
  });
});
afterEach(() => services.stop());

const made = (Properties: object, more: object = {}) => ({
  Made: {
    Type: 'AWS::CloudFormation::CustomResource',
    Properties: { ServiceToken: arn('lambda', 'function:maker'), ServiceTimeout: '60', ...Properties },
    ...more,
  },
  After: {
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: 'after' },
    DependsOn: 'Made',
  },
});
const deploy = (Resources: object) =>
  services.provisioner.provision({ stackName: 'one', template: { Resources }, assets: new Map() });

it('is asked for once, again when a property changes, and at its deletion', async () => {
  const { resources } = await deploy(made({ Level: 1 }));
  expect(resources.get('Made')).toMatchObject({ ref: 'made', attributes: { Size: '3' } });
  await deploy(made({ Level: 1 }));
  await deploy(made({ Level: 2 }));
  await services.provisioner.delete('one');
  expect(asked.map(({ RequestType }) => RequestType)).toEqual(['Create', 'Update', 'Delete']);
  expect(asked[1]).toMatchObject({
    PhysicalResourceId: 'made',
    ResourceProperties: { Level: '2' },
    OldResourceProperties: { Level: 1 },
  });
});

it('under the policy Retain is not asked to go', async () => {
  await deploy(made({}, { DeletionPolicy: 'Retain' }));
  await services.provisioner.delete('one');
  expect(asked).toHaveLength(1);
});

const REFUSED: Readonly<Record<string, readonly [typeof answer, RegExp]>> = {
  'without an answer': [undefined, /did not receive a response from your Custom Resource/],
  'that failed': [
    (asking) => ({ ...good(asking), Status: 'FAILED', Reason: 'no room' }),
    /response status \[FAILED\].*no room/,
  ],
  'answered for another request': [(asking) => ({ ...good(asking), RequestId: 'x' }), /Invalid RequestId/],
  'answered without an id': [(asking) => ({ ...good(asking), PhysicalResourceId: '' }), /Invalid response/],
  'with a long id': [
    (asking) => ({ ...good(asking), PhysicalResourceId: 'x'.repeat(1_025) }),
    /Invalid PhysicalResourceId/,
  ],
  'answered at length': [
    (asking) => ({ ...good(asking), Reason: 'x'.repeat(4_096) }),
    /Response object is too long/,
  ],
};
test.each(Object.entries(REFUSED))('%s, nothing after it is made', async (_what, [given, reason]) => {
  answer = given;
  await expect(deploy(made({}))).rejects.toThrow(reason);
  expect(services.sns.topics.all()).toEqual([]);
});

it('takes an answer of no type alone, as the URL was signed, and only while it is waited for', async () => {
  headers = { 'content-type': 'text/plain;charset=UTF-8' };
  await expect(deploy(made({}))).rejects.toThrow(/did not receive a response/);
  expect(statuses).toEqual([403]);
  const late = { method: 'PUT', query: new URLSearchParams(), headers: {}, body: Buffer.from('{}') };
  expect(services.customResources.serve({ ...late, path: `${CUSTOM_RESOURCE_PREFIX}x` })).toMatchObject({
    status: 403,
  });
});
