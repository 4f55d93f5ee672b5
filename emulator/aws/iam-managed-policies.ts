import { PARTITION } from '../kernel/places.ts';
import { parsePolicy } from './iam-policy.ts';
import type { Policy } from './iam-policy.ts';

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * The AWS-managed policies that the CDK attaches to functions, from
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
 * (of the durable one: the actions of version 3, for all resources as in version 1).
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': LOGS,
  'service-role/AWSLambdaBasicDurableExecutionRolePolicy': [
    ...LOGS,
    'lambda:CheckpointDurableExecution',
    'lambda:GetDurableExecutionState',
  ],
  'service-role/AWSLambdaVPCAccessExecutionRole': [
    ...LOGS,
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

/** By ARN. */
export const AWS_MANAGED_POLICIES: ReadonlyMap<string, Policy> = new Map(
  Object.entries(ACTIONS).map(([name, Action]) => [
    `arn:${PARTITION}:iam::aws:policy/${name}`,
    parsePolicy(name.split('/').at(-1) ?? name, {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: [...Action], Resource: '*' },
    }),
  ]),
);
