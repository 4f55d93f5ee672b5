import * as z from 'zod';
import { LONGEST_EVENT_AGE_SECONDS } from '../../lambda/async-queue.ts';
import { AwsError, type Placement } from '../../kernel/service.ts';
import { arn } from '../../kernel/places.ts';
import { handler, ignored, nameIf, type CreationContext, type ResourceHandler } from '../resource-handler.ts';

const fn = handler({
  properties: z.strictObject({
    FunctionName: z.string(),
    Handler: z.string(),
    Role: z.string(),
    Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string().regex(/^[0-9a-f]{64}\.zip$/) }),
    Runtime: z.literal('nodejs24.x'),
    Timeout: z.number(),
    MemorySize: z.number(),
    Description: z.string().optional(),
    Environment: z.strictObject({ Variables: z.record(z.string(), z.string()) }).optional(),
    DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
    DurableConfig: z
      .strictObject({ ExecutionTimeout: z.number(), RetentionPeriodInDays: z.number().default(14) })
      .optional(),
    LoggingConfig: z.strictObject({ LogGroup: z.string() }).optional(),
    VpcConfig: z
      .strictObject({ SubnetIds: z.array(z.string()).min(1), SecurityGroupIds: z.array(z.string()).min(1) })
      .optional(),
    ReservedConcurrentExecutions: z.int().min(1).optional(),
    Architectures: ignored("workers run on the machine's own"),
  }),
  async create(properties, context) {
    const { FunctionName: name, Description: description, DurableConfig: durable } = properties;
    const group = properties.LoggingConfig?.LogGroup ?? logGroupOf(name);
    if (group !== logGroupOf(name)) {
      throw new Error(`it logs to ${group}; the emulator's Lambda logs to ${logGroupOf(name)} only`);
    }
    const vpc = placementOf(properties, context);
    await context.cloud.lambda.createFunction({
      name,
      handler: properties.Handler,
      codeDir: context.assetDir(properties.Code.S3Key.replace('.zip', '')),
      environment: context.environment(properties.Environment?.Variables ?? {}),
      roleArn: properties.Role,
      timeoutSeconds: properties.Timeout,
      memoryMb: properties.MemorySize,
      ...(vpc && { vpc }),
      ...(description !== undefined && { description }),
      ...(durable && {
        durable: {
          executionTimeoutSeconds: durable.ExecutionTimeout,
          retentionDays: durable.RetentionPeriodInDays,
        },
      }),
      ...(properties.ReservedConcurrentExecutions !== undefined && {
        reservedConcurrency: properties.ReservedConcurrentExecutions,
      }),
      ...(properties.DeadLetterConfig && { deadLetterArn: properties.DeadLetterConfig.TargetArn }),
    });
    return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
  },
  taken: ({ FunctionName }, { cloud }) => nameIf(FunctionName, (name) => cloud.lambda.functions.has(name)),
  remove: ({ ref }, _properties, cloud) => cloud.lambda.deleteFunction(ref),
});

/** What Lambda needs of the role to make, show and remove its network interfaces. */
const INTERFACE_ACTIONS = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];

interface VpcConfig {
  readonly SubnetIds: readonly string[];
  readonly SecurityGroupIds: readonly string[];
}

function placementOf(
  { Role, VpcConfig }: { readonly Role: string; readonly VpcConfig?: VpcConfig | undefined },
  { cloud }: Pick<CreationContext, 'cloud'>,
): Placement | undefined {
  if (!VpcConfig) return undefined;
  const vpc = { subnetIds: VpcConfig.SubnetIds, securityGroupIds: VpcConfig.SecurityGroupIds };
  cloud.network.checkPlacement(vpc);
  const roleName = Role.split('/').at(-1) ?? Role;
  const missing = INTERFACE_ACTIONS.find(
    (action) => !cloud.iam.check({ arn: Role, roleName }, `ec2:${action}`, '*').allowed,
  );
  if (missing !== undefined)
    throw new AwsError(
      'InvalidParameterValueException',
      `The provided execution role does not have permissions to call ${missing} on EC2`,
      400,
    );
  return vpc;
}

const logGroupOf = (name: string): string => `/aws/lambda/${name}`;

const version = handler({
  properties: z.strictObject({ FunctionName: z.string(), Description: ignored('for people') }),
  create({ FunctionName: name }, { cloud }) {
    const { version: number } = cloud.lambda.publishVersion(name);
    const versionArn = arn('lambda', `function:${name}:${number}`);
    return { ref: versionArn, attributes: { Version: number, FunctionArn: versionArn } };
  },
});

const alias = handler({
  properties: z.strictObject({
    FunctionName: z.string(),
    FunctionVersion: z.string(),
    Name: z.string(),
    Description: ignored('for people'),
  }),
  async create({ FunctionName: functionName, FunctionVersion, Name: name }, { cloud }) {
    await cloud.lambda.createAlias({ functionName, name, version: FunctionVersion });
    const aliasArn = arn('lambda', `function:${functionName}:${name}`);
    return { ref: aliasArn, attributes: { AliasArn: aliasArn } };
  },
});

const eventInvokeConfig = handler({
  properties: z.strictObject({
    FunctionName: z.string(),
    Qualifier: z.string(),
    MaximumRetryAttempts: z.int().min(0).max(2).optional(),
    MaximumEventAgeInSeconds: z.int().min(60).max(LONGEST_EVENT_AGE_SECONDS).optional(),
    DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
  }),
  async create(properties, { cloud, logicalId }) {
    const { FunctionName, Qualifier, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } =
      properties;
    await cloud.lambda.putEventInvokeConfig({
      functionName: FunctionName,
      qualifier: Qualifier,
      ...(MaximumRetryAttempts !== undefined && { maximumRetryAttempts: MaximumRetryAttempts }),
      ...(MaximumEventAgeInSeconds !== undefined && { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
      ...(DestinationConfig && { onFailureArn: DestinationConfig.OnFailure.Destination }),
    });
    return { ref: logicalId };
  },
});

const permission = handler({
  properties: z.strictObject({
    FunctionName: z.string(),
    Action: z.enum(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']),
    Principal: z.string(),
    SourceArn: z.string().optional(),
    FunctionUrlAuthType: z.enum(['AWS_IAM', 'NONE']).optional(),
    InvokedViaFunctionUrl: z.boolean().optional(),
  }),
  async create(properties, { cloud, logicalId }) {
    const { FunctionName, Action, Principal, SourceArn, FunctionUrlAuthType, InvokedViaFunctionUrl } =
      properties;
    await cloud.lambda.addPermission({
      functionName: FunctionName,
      principal: Principal,
      action: Action,
      ...(FunctionUrlAuthType !== undefined && { functionUrlAuthType: FunctionUrlAuthType }),
      ...(InvokedViaFunctionUrl !== undefined && { invokedViaFunctionUrl: InvokedViaFunctionUrl }),
      ...(SourceArn !== undefined && { sourceArn: SourceArn }),
    });
    return { ref: logicalId };
  },
});

const functionUrl = handler({
  properties: z.strictObject({
    // By its ARN, as CloudFormation takes it, too.
    TargetFunctionArn: z.string(),
    AuthType: z.enum(['AWS_IAM', 'NONE']),
    InvokeMode: z.literal('BUFFERED').optional(),
  }),
  create({ TargetFunctionArn: target, AuthType }, { cloud }) {
    const url = cloud.lambda.createFunctionUrl(target, AuthType);
    return { ref: target, attributes: { FunctionUrl: url, FunctionArn: target } };
  },
});

export const functions: Readonly<Record<string, ResourceHandler>> = {
  'AWS::Lambda::Function': fn,
  'AWS::Lambda::Version': version,
  'AWS::Lambda::Alias': alias,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::Permission': permission,
  'AWS::Lambda::Url': functionUrl,
};
