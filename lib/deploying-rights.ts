import { arnOf } from '../lambdas/platform/iam.ts';
import type { Settings } from '../lambdas/platform/settings.ts';

/** Actions that CloudFormation takes to make, change and delete a resource of each type, in the deployer's name. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  'AWS::Athena::WorkGroup': [
    'athena:CreateWorkGroup',
    'athena:DeleteWorkGroup',
    'athena:GetWorkGroup',
    'athena:ListTagsForResource',
    'athena:TagResource',
    'athena:UntagResource',
    'athena:UpdateWorkGroup',
  ],
  'AWS::CloudFormation::CustomResource': ['lambda:InvokeFunction'],
  'AWS::CloudWatch::Alarm': [
    'cloudwatch:DeleteAlarms',
    'cloudwatch:DescribeAlarms',
    'cloudwatch:ListTagsForResource',
    'cloudwatch:PutMetricAlarm',
    'cloudwatch:TagResource',
    'cloudwatch:UntagResource',
  ],
  'AWS::CloudWatch::Dashboard': [
    'cloudwatch:DeleteDashboards',
    'cloudwatch:GetDashboard',
    'cloudwatch:PutDashboard',
  ],
  'AWS::EC2::SecurityGroup': [
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:CreateSecurityGroup',
    'ec2:CreateTags',
    'ec2:DeleteSecurityGroup',
    'ec2:DeleteTags',
    'ec2:DescribeSecurityGroups',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
  ],
  'AWS::EC2::SecurityGroupIngress': [
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:DescribeSecurityGroupRules',
    'ec2:RevokeSecurityGroupIngress',
  ],
  'AWS::EC2::VPCEndpoint': [
    'ec2:CreateTags',
    'ec2:CreateVpcEndpoint',
    'ec2:DeleteVpcEndpoints',
    'ec2:DescribeVpcEndpoints',
    'ec2:ModifyVpcEndpoint',
  ],
  'AWS::IAM::ManagedPolicy': [
    'iam:CreatePolicy',
    'iam:CreatePolicyVersion',
    'iam:DeletePolicy',
    'iam:DeletePolicyVersion',
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListEntitiesForPolicy',
    'iam:ListPolicyVersions',
    'iam:TagPolicy',
    'iam:UntagPolicy',
  ],
  'AWS::IAM::Policy': ['iam:DeleteRolePolicy', 'iam:GetRolePolicy', 'iam:PutRolePolicy'],
  'AWS::IAM::Role': [
    'iam:CreateRole',
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:ListAttachedRolePolicies',
    'iam:ListRolePolicies',
    'iam:PutRolePolicy',
    'iam:TagRole',
    'iam:UntagRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:UpdateRole',
    'iam:UpdateRoleDescription',
  ],
  'AWS::KMS::Key': [
    'kms:CreateKey',
    'kms:DescribeKey',
    'kms:DisableKey',
    'kms:EnableKey',
    'kms:EnableKeyRotation',
    'kms:GetKeyPolicy',
    'kms:GetKeyRotationStatus',
    'kms:ListResourceTags',
    'kms:PutKeyPolicy',
    'kms:ScheduleKeyDeletion',
    'kms:TagResource',
    'kms:UntagResource',
    'kms:UpdateKeyDescription',
  ],
  'AWS::Lambda::Alias': ['lambda:CreateAlias', 'lambda:DeleteAlias', 'lambda:GetAlias', 'lambda:UpdateAlias'],
  'AWS::Lambda::EventInvokeConfig': [
    'lambda:DeleteFunctionEventInvokeConfig',
    'lambda:GetFunctionEventInvokeConfig',
    'lambda:PutFunctionEventInvokeConfig',
    'lambda:UpdateFunctionEventInvokeConfig',
  ],
  'AWS::Lambda::Function': [
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
    'iam:PassRole',
    'lambda:CreateFunction',
    'lambda:DeleteFunction',
    'lambda:DeleteFunctionConcurrency',
    'lambda:GetFunction',
    'lambda:GetFunctionCodeSigningConfig',
    'lambda:GetFunctionConfiguration',
    'lambda:GetFunctionRecursionConfig',
    'lambda:GetRuntimeManagementConfig',
    'lambda:ListTags',
    'lambda:PutFunctionConcurrency',
    'lambda:TagResource',
    'lambda:UntagResource',
    'lambda:UpdateFunctionCode',
    'lambda:UpdateFunctionConfiguration',
    's3:GetObject',
    's3:GetObjectVersion',
  ],
  'AWS::Lambda::Permission': ['lambda:AddPermission', 'lambda:GetPolicy', 'lambda:RemovePermission'],
  'AWS::Lambda::Url': [
    'lambda:CreateFunctionUrlConfig',
    'lambda:DeleteFunctionUrlConfig',
    'lambda:GetFunctionUrlConfig',
    'lambda:UpdateFunctionUrlConfig',
  ],
  'AWS::Lambda::Version': [
    'lambda:DeleteFunction',
    'lambda:GetFunctionConfiguration',
    'lambda:ListVersionsByFunction',
    'lambda:PublishVersion',
  ],
  'AWS::Logs::LogGroup': [
    'logs:CreateLogGroup',
    'logs:DeleteLogGroup',
    'logs:DescribeLogGroups',
    'logs:ListTagsForResource',
    'logs:PutRetentionPolicy',
    'logs:TagResource',
    'logs:UntagResource',
  ],
  'AWS::S3::Bucket': [
    's3:CreateBucket',
    's3:DeleteBucket',
    's3:GetBucketObjectLockConfiguration',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketVersioning',
    's3:GetEncryptionConfiguration',
    's3:GetLifecycleConfiguration',
    's3:ListBucket',
    's3:PutBucketObjectLockConfiguration',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketTagging',
    's3:PutBucketVersioning',
    's3:PutEncryptionConfiguration',
    's3:PutLifecycleConfiguration',
  ],
  'AWS::S3::BucketPolicy': ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:PutBucketPolicy'],
  'AWS::SNS::Subscription': [
    'sns:GetSubscriptionAttributes',
    'sns:ListSubscriptionsByTopic',
    'sns:SetSubscriptionAttributes',
    'sns:Subscribe',
    'sns:Unsubscribe',
  ],
  'AWS::SNS::Topic': [
    'sns:CreateTopic',
    'sns:DeleteTopic',
    'sns:GetDataProtectionPolicy',
    'sns:GetTopicAttributes',
    'sns:ListSubscriptionsByTopic',
    'sns:ListTagsForResource',
    'sns:SetTopicAttributes',
    'sns:TagResource',
    'sns:UntagResource',
  ],
  'AWS::SNS::TopicPolicy': ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'],
  'AWS::SQS::Queue': [
    'sqs:CreateQueue',
    'sqs:DeleteQueue',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ListQueueTags',
    'sqs:SetQueueAttributes',
    'sqs:TagQueue',
    'sqs:UntagQueue',
  ],
  'AWS::SQS::QueuePolicy': ['sqs:GetQueueAttributes', 'sqs:SetQueueAttributes'],
  'AWS::Scheduler::Schedule': [
    'iam:PassRole',
    'scheduler:CreateSchedule',
    'scheduler:DeleteSchedule',
    'scheduler:GetSchedule',
    'scheduler:UpdateSchedule',
  ],
  'AWS::SecretsManager::Secret': [
    'secretsmanager:CreateSecret',
    'secretsmanager:DeleteSecret',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetRandomPassword',
    'secretsmanager:TagResource',
    'secretsmanager:UntagResource',
    'secretsmanager:UpdateSecret',
  ],
  // The CDK's note about its own version: AWS creates nothing for it.
  'AWS::CDK::Metadata': [],
};

/** The CDK's own parameter, by which a deployment knows the version of the bootstrap. */
const ALWAYS = ['ssm:GetParameters'];

/** Roles are handed over to nobody else. */
const PASSED_TO = ['lambda.amazonaws.com', 'scheduler.amazonaws.com'];

/**
 * What a deployment of these types of resources takes, each once.
 * @throws for a type that is not listed: a new one is listed here in the same change
 */
export function deployingRights(types: Iterable<string>): string[] {
  const actions = [...types].flatMap((type) => {
    const rights = RIGHTS[type];
    if (rights) return rights;
    throw new Error(`what a deployer needs for ${type} is not listed; add it in lib/deploying-rights.ts`);
  });
  return [...new Set([...ALWAYS, ...actions])].sort();
}

/** The name in a resource's ARN, by type; the others are simulated on all. */
const ARNS: Readonly<Record<string, readonly [key: string, service: string, path: string]>> = {
  'AWS::CloudWatch::Alarm': ['AlarmName', 'cloudwatch', 'alarm:'],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName', 'iam', 'policy/'],
  'AWS::IAM::Role': ['RoleName', 'iam', 'role/'],
  'AWS::Lambda::Function': ['FunctionName', 'lambda', 'function:'],
  'AWS::Logs::LogGroup': ['LogGroupName', 'logs', 'log-group:'],
  'AWS::S3::Bucket': ['BucketName', 's3', ''],
  'AWS::SNS::Topic': ['TopicName', 'sns', ''],
  'AWS::SQS::Queue': ['QueueName', 'sqs', ''],
  'AWS::Scheduler::Schedule': ['Name', 'scheduler', 'schedule/default/'],
  'AWS::SecretsManager::Secret': ['Name', 'secretsmanager', 'secret:'],
};

/** Actions by a resource of each type that they are taken on: what a simulation is asked. */
export function rightsByResource(
  resources: readonly { readonly type: string; readonly properties: Readonly<Record<string, unknown>> }[],
  place: Pick<Settings, 'partition' | 'region' | 'account'>,
): { resource: string; actions: string[] }[] {
  const first = new Map(resources.toReversed().map((one) => [one.type, one]));
  const own = (service: string) => (action: string) => action.startsWith(`${service}:`);
  return [...first.values()].flatMap(({ type, properties }) => {
    const actions = deployingRights([type]);
    const [key = '', service = '', path = ''] = ARNS[type] ?? [];
    const name = properties[key];
    if (typeof name !== 'string') return [{ resource: '*', actions }];
    return [
      {
        resource: arnOf(place as Settings, service, `${path}${name}`),
        actions: actions.filter(own(service)),
      },
      { resource: '*', actions: actions.filter((action) => !own(service)(action)) },
    ].filter((one) => one.actions.length > 0);
  });
}

/** The same as a policy for the role that CloudFormation deploys with. */
export function deployingPolicy(types: Iterable<string>): object {
  const rights = deployingRights(types);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Deploy',
        Effect: 'Allow',
        Action: rights.filter((action) => action !== 'iam:PassRole'),
        Resource: '*',
      },
      {
        Sid: 'PassRoles',
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: '*',
        Condition: { StringEquals: { 'iam:PassedToService': PASSED_TO } },
      },
    ],
  };
}
