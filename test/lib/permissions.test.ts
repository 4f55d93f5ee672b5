import { ORDER_KEYS } from '../../lambdas/platform/order.ts';
import { NAMES } from '../../lib/names.ts';
import { StackUnderTest, type Statement } from './stack-under-test.ts';

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await StackUnderTest.of();
});

const { anchor, runner, rehearser, dispatcher, signals, sweep, migrate, escalation, manual } =
  NAMES.functions;

describe('least privilege', () => {
  it('lets the runner look and the actor act, never the runner act by itself', () => {
    expect(stack.actionsOf(runner)).toContain('glue:GetJobRuns');
    expect(stack.actionsOf(runner)).not.toContain('glue:StartJobRun');
    expect(stack.actionsOf(NAMES.actorRole)).toEqual(['glue:StartJobRun']);
    expect(stack.permissionsOf(runner)).toContainEqual(
      expect.objectContaining({
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Resource: 'arn:aws:iam::111122223333:role/responder-actor-eu-west-1',
      }),
    );
  });

  it('trusts the runner alone with the actor', () => {
    const trust = stack.named('AWS::IAM::Role', NAMES.actorRole)['AssumeRolePolicyDocument'] as {
      Statement: unknown[];
    };
    expect(trust.Statement).toEqual([
      {
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Effect: 'Allow',
        Principal: { AWS: `${runner}.Arn` },
        Condition: { StringEquals: { 'aws:RequestTag/action': ['start-ingestion'] } },
      },
    ]);
    for (const other of [rehearser, dispatcher, signals, sweep, migrate, escalation, manual]) {
      expect(stack.actionsOf(other)).not.toContain('sts:AssumeRole');
    }
  });

  it('lets dispatcher and sweep start runs through `live` only', () => {
    const live = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}:live`;
    const invokedBy = (role: string) =>
      stack
        .permissionsOf(role)
        .filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'))
        .flatMap(({ Resource }) => Resource);
    expect(invokedBy(sweep)).toEqual([live(runner), live(escalation), `${anchor}.Arn`]);
    expect(invokedBy(dispatcher)).toEqual([live(rehearser), live(runner)]);
    expect(invokedBy(manual)).toEqual([live(rehearser), live(runner)]);
  });

  it('lets the rehearser look, keep its record, and log in as nobody who may change anything', () => {
    const beyond = stack
      .permissionsOf(rehearser)
      .flatMap(({ Action, Resource }) => [Action].flat().map((action) => ({ action, on: [Resource].flat() })))
      .filter(({ action }) => !/:(Get|List|Describe|Filter)/.test(action));
    expect(beyond).toEqual([
      { action: 'logs:CreateLogStream', on: ['/aws/lambda/responder-rehearser.Arn'] },
      { action: 'logs:PutLogEvents', on: ['/aws/lambda/responder-rehearser.Arn'] },
      {
        action: 'rds-db:connect',
        on: ['arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-ABC/responder_rehearser'],
      },
      {
        action: 'lambda:CheckpointDurableExecution',
        on: ['arn:aws:lambda:eu-west-1:111122223333:function:responder-rehearser:*'],
      },
      { action: 's3:PutObject', on: [expect.stringMatching(/^RecordBucket\w+\.Arn\/rehearsals\/\*$/)] },
    ]);
    expect(stack.actionsOf(rehearser)).toEqual(expect.arrayContaining(['glue:GetJobRuns']));
  });

  it('holds measurements to the namespace of the business metrics', () => {
    const publishing = stack
      .permissionsOf(signals)
      .find(({ Action }) => Action === 'cloudwatch:PutMetricData');
    expect(publishing?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'CommercialOps' } });
  });

  it('lets the runner keep checkpoints of its own executions only', () => {
    const durable = stack
      .permissionsOf(runner)
      .find(({ Action }) => [Action].flat().includes('lambda:CheckpointDurableExecution'));
    expect(durable?.Resource).toBe('arn:aws:lambda:eu-west-1:111122223333:function:responder-runner:*');
  });

  it('grants no action by wildcard, to nobody', () => {
    const roles = stack.roles();
    const wide = roles.flatMap((role) => stack.actionsOf(role).filter((action) => action.includes('*')));
    expect(roles).toContain(runner);
    expect(wide).toEqual([]);
  });

  it('lets anchors be put, and nobody replace the lock or take an anchor away', () => {
    const anchors = /AnchorsBucket\w+\.Arn/;
    const on = (role: string) =>
      stack
        .permissionsOf(role)
        .filter(({ Resource }) => [Resource].flat().some((resource) => anchors.test(resource)))
        .flatMap(({ Action, Resource }) =>
          [Action]
            .flat()
            .map((action) =>
              `${action} ${[Resource].flat().join().replace(new RegExp(anchors, 'g'), '')}`.trim(),
            ),
        );
    const roles = stack.roles();
    expect(
      Object.fromEntries(roles.map((role) => [role, on(role)]).filter(([, may]) => may?.length)),
    ).toEqual({
      [anchor]: [
        ...['s3:GetObjectVersion', 's3:PutObject'].map((action) => `${action} /daily/*,/heads/*,/keys/*`),
        's3:ListBucketVersions',
      ],
    });
    const invoking = (role: string) =>
      stack
        .permissionsOf(role)
        .some(({ Action, Resource }) => Action === 'lambda:InvokeFunction' && Resource === `${anchor}.Arn`);
    const { respond, acknowledge } = NAMES.functions;
    expect(roles.filter(invoking).sort()).toEqual([acknowledge, respond, runner, sweep].sort());
    for (const action of roles.flatMap((role) => stack.actionsOf(role)))
      expect(action).not.toMatch(/^s3:(Bypass|DeleteObjectVersion|Put\w*(Retention|Lock|LegalHold|Bucket))/);
  });

  it('lets people command through the URL alone, which asks IAM who they are', () => {
    const respond = NAMES.functions.respond;
    expect(stack.all('AWS::Lambda::Url').map(({ Properties }) => Properties)).toContainEqual({
      AuthType: 'AWS_IAM',
      TargetFunctionArn: `${respond}.Arn`,
    });
    const [people] = stack.all('AWS::IAM::ManagedPolicy');
    expect(people?.Properties).toMatchObject({
      ManagedPolicyName: 'responder-people-eu-west-1',
      PolicyDocument: {
        Statement: [
          {
            Action: 'lambda:InvokeFunctionUrl',
            Resource: `${respond}.Arn`,
            Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          },
          {
            Action: 'lambda:InvokeFunction',
            Resource: `${respond}.Arn`,
            Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
          },
        ],
      },
    });
    expect(
      stack.all('AWS::Lambda::Permission').map(({ Properties }) => Properties['FunctionName']),
    ).not.toContain(`${respond}.Arn`);
  });

  it('opens one URL to the world: a function that checks links, wakes escalations, and has orders anchored', () => {
    const { acknowledge } = NAMES.functions;
    const open = stack.all('AWS::Lambda::Url').filter(({ Properties }) => Properties['AuthType'] === 'NONE');
    expect(open.map(({ Properties }) => Properties['TargetFunctionArn'])).toEqual([`${acknowledge}.Arn`]);
    const to = `${acknowledge}.Arn`;
    const letIn = stack.all('AWS::Lambda::Permission').map(({ Properties }) => Properties);
    expect(letIn.filter(({ FunctionName }) => FunctionName === to)).toEqual([
      {
        FunctionName: to,
        Principal: '*',
        Action: 'lambda:InvokeFunctionUrl',
        FunctionUrlAuthType: 'NONE',
      },
      {
        FunctionName: to,
        Principal: '*',
        Action: 'lambda:InvokeFunction',
        InvokedViaFunctionUrl: true,
      },
    ]);
    const key = expect.stringMatching(/^AcknowledgingKey/) as string;
    const beyond = stack
      .permissionsOf(acknowledge)
      .map(({ Action, Resource }) => [Action, Resource])
      .filter(([action]) => !String(action).startsWith('logs:'));
    expect(beyond).toEqual([
      ['rds-db:connect', 'arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-ABC/responder_acknowledge'],
      ['lambda:InvokeFunction', `${NAMES.functions.anchor}.Arn`],
      ['secretsmanager:GetSecretValue', key],
      [
        'lambda:SendDurableExecutionCallbackSuccess',
        'arn:aws:lambda:eu-west-1:111122223333:function:responder-escalation:*',
      ],
    ]);
  });

  it('lets those make links who write messages, and tells them where the page is', () => {
    const told = Object.values(NAMES.functions).filter((name) => {
      const { Variables } = stack.named('AWS::Lambda::Function', name)['Environment'] as {
        Variables: Record<string, string>;
      };
      return Variables['ACKNOWLEDGE_URL'] !== undefined;
    });
    expect(told.sort()).toEqual([escalation, runner, sweep].sort());
    for (const name of told) expect(stack.actionsOf(name)).toContain('secretsmanager:GetSecretValue');
    const keys = stack.all('AWS::SecretsManager::Secret');
    const orders = ORDER_KEYS.map((of) => `responder/order-key/${of}`);
    expect(keys).toHaveLength(2 + orders.length);
    for (const Name of ['responder/link-key', 'responder/anchor-key', ...orders])
      expect(keys).toContainEqual(
        expect.objectContaining({
          DeletionPolicy: 'RetainExceptOnCreate',
          Properties: expect.objectContaining({
            Name,
            GenerateSecretString: { PasswordLength: 64 },
          }) as unknown,
        }),
      );
  });

  it('lets one function alone read the key of the anchors', () => {
    const readers = Object.values(NAMES.functions).filter((role) =>
      stack.permissionsOf(role).some(({ Resource }) => /^AnchoringKey/.test(String(Resource))),
    );
    expect(readers).toEqual([anchor]);
  });

  it('lets a door read its own order key, and an executor those of the doors that may order of it', () => {
    const readers = Object.fromEntries(
      stack.roles().flatMap((role) => {
        const read = stack
          .permissionsOf(role)
          .flatMap(({ Resource }) => [Resource].flat().map(String))
          .flatMap((one) => /^OrdersKey([a-z]+)/.exec(one)?.slice(1) ?? []);
        return read.length > 0 ? [[role, read.sort()]] : [];
      }),
    );
    expect(readers).toEqual({
      [dispatcher]: ['alarms'],
      [NAMES.functions.manual]: ['manual'],
      [sweep]: ['calls', 'sweep'],
      [NAMES.functions.respond]: ['alarms', 'commands', 'manual', 'sweep'],
      [runner]: ['alarms', 'calls', 'commands', 'manual', 'sweep'],
      [rehearser]: ['alarms', 'commands', 'manual'],
      [escalation]: ['calls'],
    });
  });

  it('attaches no managed policy, which would be wider than the function', () => {
    for (const { Properties } of stack.all('AWS::IAM::Role'))
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
  });

  it.each([
    ['IAM', { kind: 'iam', resourceId: 'cluster-X' }, 'rds-db:connect'],
    ['a secret', { kind: 'secret', secret: 'x/{login}' }, 'secretsmanager:GetSecretValue'],
  ])(
    'lets every function log in to the ledger as itself by %s, and by nothing else',
    async (_kind, logins, action) => {
      const other = await StackUnderTest.of({ config: { ledger: { host: 'db', logins } } });
      const ways = ['rds-db:connect', 'secretsmanager:GetSecretValue'];
      const isLinkKey = ({ Resource }: Statement): boolean =>
        /^(AcknowledgingKey|OrdersKey|AnchoringKey)/.test(String(Resource));
      const { dispatcher, ...functions } = NAMES.functions;
      // Alarms start runs while the ledger is away: it has no business there.
      expect(other.actionsOf(dispatcher).filter((one) => one === 'rds-db:connect')).toEqual([]);
      for (const role of Object.values(functions)) {
        const granted = other.permissionsOf(role).filter((statement) => !isLinkKey(statement));
        const own = granted.filter(({ Action }) => [Action].flat().some((one) => ways.includes(one)));
        expect(JSON.stringify(own)).toMatch(new RegExp(`${role.replace('-', '_')}(-\\?{6})?"`));
        expect(granted.flatMap(({ Action }) => Action).filter((one) => ways.includes(one))).toEqual([action]);
      }
    },
  );

  it.each([
    { kind: 'iam', resourceId: 'cluster-X' },
    { kind: 'secret', secret: 'x/{login}' },
  ])('lets the escalation use the keys of what it reads, once, whatever its login: $kind', async (logins) => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:jira-StUvWx';
    const jira = { url: 'https://jira.example.com', project: 'OPS', secretArn: arn };
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/5a7c1e02-9b64-4d0f-8f3e-2c6b1d9e7a10';
    const other = await StackUnderTest.of({
      config: {
        ledger: { host: 'db', logins },
        encryptionKeys: [key],
        people: { jira },
      },
    });
    expect(other.permissionsOf(escalation)).toContainEqual(
      expect.objectContaining({ Action: 'secretsmanager:GetSecretValue', Resource: arn }),
    );
    const onKey = other.permissionsOf(escalation).filter(({ Resource }) => Resource === key);
    expect(onKey.map(({ Action }) => Action)).toEqual(['kms:Decrypt']);
  });

  it('gives no rights on a network where there is none', () => {
    expect(stack.actionsOf(runner)).not.toContain('ec2:CreateNetworkInterface');
  });
});
