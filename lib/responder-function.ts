import { type CfnCustomResource, type Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  type Code,
  type DurableConfig,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { withKeys } from '../lambdas/platform/encryption.ts';
import { arnOf, ledgerLogin, type IamStatement } from '../lambdas/platform/iam.ts';
import { IN_DEPLOYMENT_FILE, loginOf, type Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { inRegion, namesOf, type FunctionName, type HandlerName } from './names.ts';
import type { Network, Placement } from './network.ts';
import type { OrderKeySecrets } from './order-keys.ts';
import { permit } from './permit.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** What all functions share. */
export interface Common {
  readonly config: Deployment;
  readonly settings: Settings;
  readonly orderKeys: OrderKeySecrets;
  /** Where the ledger is, unless it is public. */
  readonly network: Network | undefined;
  /** What a function's code finds in the ledger: the function is changed after it. Of all but the one that migrates. */
  readonly migration?: CfnCustomResource;
  /** One asset with all handlers. */
  readonly code: Code;
}

/** A function is named after its handler, unless it runs another function's handler. */
type NameAndHandler =
  | { readonly name: HandlerName; readonly handler?: HandlerName }
  | { readonly name: FunctionName; readonly handler: HandlerName };

export type ResponderFunctionProps = Common & NameAndHandler & FunctionDetails;

interface FunctionDetails {
  readonly description: string;
  /** `false`: it never logs in to the ledger. */
  readonly ledger?: false;
  readonly timeout: Duration;
  readonly memoryMb?: number;
  /** How often Lambda repeats an asynchronous call that failed: 0 to 2. */
  readonly retries: 0 | 1 | 2;
  /** Receives asynchronous calls that failed finally. */
  readonly deadLetters?: IQueue;
  readonly durable?: DurableConfig;
  /** In addition to its settings. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A function of the responder with log, role, settings, network and ledger login. */
export class ResponderFunction extends Construct {
  readonly name: string;
  readonly lambda: LambdaFunction;
  readonly role: Role;
  /** It runs in the network of the ledger. */
  private isPlaced = false;

  constructor(scope: Construct, id: string, props: ResponderFunctionProps) {
    super(scope, id);
    const { name, handler = name, config, deadLetters } = props;
    const login = loginOf(config.ledger.logins, name);
    const settings: Settings = { ...props.settings, ledger: { ...props.settings.ledger, auth: login } };
    const functionName = namesOf(config.prefix).functions[name];
    const concurrency = config.concurrency[name];
    this.name = functionName;
    const log = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: config.logRetentionDays,
      removalPolicy: removalPolicyOf(config),
    });
    // No AWS managed policy: those allow writing to every log group of the account.
    this.role = new Role(this, 'Role', {
      roleName: inRegion(functionName, settings),
      description: `Execution role of ${functionName}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    permit('log', {
      role: this.role,
      statements: [{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] }],
    });
    if (props.ledger !== false)
      permit('ledger', {
        role: this.role,
        statements: withKeys([ledgerLogin(settings, login)], settings),
      });
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: `${handler}.handler`,
      role: this.role,
      logGroup: log,
      timeout: props.timeout,
      memorySize: props.memoryMb ?? 512,
      environment: {
        RESPONDER_SETTINGS: Stack.of(this).toJsonString(knownAtDeployment(settings)),
        ...props.environment,
      },
      ...(deadLetters && { deadLetterQueue: deadLetters }),
      ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
      ...(props.durable ? { durableConfig: props.durable } : { retryAttempts: props.retries }),
    });
    if (props.migration)
      (this.lambda.node.defaultChild as CfnFunction).addResourceDependency(props.migration);
    if (props.network && props.ledger !== false) this.place(props.network.placement, settings);
  }

  /** The roles of all functions that run in the network of the ledger. */
  static rolesInNetwork(scope: Construct): readonly Role[] {
    return scope.node
      .findAll()
      .filter((one): one is ResponderFunction => one instanceof ResponderFunction && one.isPlaced)
      .map(({ role }) => role);
  }

  /** What the function may do beyond writing its log and logging in to the ledger. */
  may(what: string, statements: readonly IamStatement[], wildcards?: string): void {
    permit(what, { role: this.role, statements, ...(wildcards !== undefined && { wildcards }) });
  }

  /** Uses the ids alone: a VPC lookup needs an account, and synthesis must work without one. */
  private place({ subnetIds, securityGroupIds }: Placement, settings: Settings): void {
    this.isPlaced = true;
    (this.lambda.node.defaultChild as CfnFunction).vpcConfig = {
      subnetIds: [...subnetIds],
      securityGroupIds: [...securityGroupIds],
    };
    permit('network', {
      role: this.role,
      statements: [
        {
          actions: NETWORK_ACTIONS,
          resources: ['*'],
        },
      ],
      wildcards:
        'Lambda creates the network interface before it has an ARN, and checks all permissions first.',
    });
    // Lambda itself uses them; the function's code may not.
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'NetworkIsLambdasOwn',
        effect: Effect.DENY,
        actions: NETWORK_ACTIONS,
        resources: ['*'],
        conditions: {
          ArnEquals: { 'lambda:SourceFunctionArn': arnOf(settings, 'lambda', `function:${this.name}`) },
        },
      }),
    );
  }
}

const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** The rest travels beside the code. */
const knownAtDeployment = (settings: Settings): Partial<Settings> => {
  const inFile: readonly string[] = IN_DEPLOYMENT_FILE;
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !inFile.includes(key)));
};
