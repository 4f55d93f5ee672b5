import type { Workgroup } from '../aws/athena-workgroups.ts';
import type { Network } from '../aws/network.ts';
import type { Placement, Principal } from '../kernel/service.ts';
import type { CustomResources } from './custom-resources.ts';
import type { BucketSettings } from '../aws/s3-object.ts';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';

/** An IAM policy document, resolved: no references left in it. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * The services as the provisioner uses them. Every method is idempotent: a restarted emulator
 * calls all of them again, and only differences change; state such as an alarm's or a queue's
 * messages is kept. Functions are the exception: Lambda forgets them when the emulator stops, and
 * takes each once.
 */
export interface Cloud {
  readonly iam: {
    createRole(role: RoleSpec): unknown;
    hasRole(name: string): boolean;
    deleteRole(name: string): Promise<void>;
    /** Adds the policy to the role, or replaces the role's policy of that name. */
    putRolePolicy(roleName: string, name: string, document: Document): unknown;
    deleteRolePolicy(roleName: string, name: string): Promise<void>;
    createPolicy(policyArn: string, document: Document): unknown;
    check(
      principal: Principal,
      action: string,
      resource: string,
    ): { readonly allowed: boolean; readonly reason: string };
    hasPolicy(policyArn: string): boolean;
    deletePolicy(policyArn: string): Promise<void>;
  };
  readonly kms: {
    createKey(key: { readonly keyId: string; readonly policy: Document }): unknown;
    deleteKey(keyId: string): Promise<void>;
  };
  readonly s3: {
    createBucket(name: string, settings?: BucketSettings): unknown;
    hasBucket(name: string): boolean;
    deleteBucket(name: string): Promise<void>;
  };
  readonly logs: {
    readonly groups: Lookup;
    createGroup(group: { name: string; retentionDays?: number }): unknown;
    deleteGroup(name: string): Promise<void>;
  };
  readonly athena: {
    putWorkgroup(group: Workgroup): unknown;
    hasWorkgroup(name: string): boolean;
    deleteWorkgroup(name: string): void;
  };
  readonly sns: {
    readonly topics: Lookup;
    deleteTopic(topicArn: string): Promise<void>;
    unsubscribe(subscriptionArn: string): Promise<void>;
    createTopic(topic: { name: string; kmsKeyId?: string; policy?: Document }): unknown;
    topic(topicArn: string): { readonly kmsKeyId?: string };
    subscribe(subscription: SubscriptionSpec): Promise<{ readonly arn: string }>;
  };
  readonly sqs: {
    readonly queues: Lookup;
    deleteQueue(queueArn: string): Promise<void>;
    createQueue(queue: QueueSpec): Promise<{ readonly arn: string; readonly url: string }>;
    queue(queueArn: string): { readonly retentionSeconds: number; readonly visibilitySeconds: number };
  };
  readonly cloudwatch: {
    readonly alarms: Lookup;
    putAlarm(alarm: PutMetricAlarmCommandInput): unknown;
    deleteAlarm(name: string): Promise<void>;
  };
  readonly lambda: LambdaCloud;
  /** Generates a value, unless the secret exists. */
  readonly secrets: {
    generateSecret(name: string, length: number): Promise<{ readonly arn: string }>;
    hasSecret(name: string): boolean;
    deleteSecret(secretArn: string): Promise<void>;
  };
  readonly network: Pick<
    Network,
    'createGroup' | 'letIn' | 'createEndpoint' | 'checkPlacement' | 'groups' | 'endpoints'
  >;
  readonly customResources: Pick<CustomResources, 'request'>;
  readonly scheduler: {
    readonly schedules: Lookup;
    createSchedule(schedule: ScheduleSpec): unknown;
    deleteSchedule(name: string): Promise<void>;
  };
}

/** What a service keeps, by name or ARN. */
interface Lookup {
  get(key: string): unknown;
}

export interface LambdaCloud {
  readonly functions: { has(name: string): boolean };
  createFunction(fn: FunctionSpec): unknown;
  deleteFunction(name: string): void;
  /** Freezes the function as it is, under the next number. */
  publishVersion(functionName: string): { readonly version: string };
  createAlias(alias: {
    readonly functionName: string;
    readonly name: string;
    readonly version: string;
  }): unknown;
  putEventInvokeConfig(config: EventInvokeSpec): unknown;
  addPermission(permission: PermissionSpec): unknown;
  /** @returns the URL; with `NONE` in front the function's own policy decides who may call it, else IAM */
  createFunctionUrl(functionName: string, authType: 'AWS_IAM' | 'NONE'): string;
}

export interface RoleSpec {
  readonly name: string;
  readonly arn: string;
  readonly trust: Document;
  readonly policies: readonly { readonly name: string; readonly document: Document }[];
  readonly managedPolicyArns: readonly string[];
}

export interface SubscriptionSpec {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** Whether the endpoint's owner has confirmed: an address gets nothing before that. */
  readonly confirmed: boolean;
  /** Queue for messages that could not be delivered. */
  readonly deadLetterArn?: string;
  /** On the message's body. */
  readonly filterPolicy?: unknown;
}

export interface QueueSpec {
  readonly name: string;
  readonly policy?: Document;
  readonly retentionSeconds?: number;
  readonly visibilityTimeout?: number;
}

export interface FunctionSpec {
  readonly name: string;
  /** `<file>.<export>`; the file lies in `codeDir`. */
  readonly handler: string;
  readonly codeDir: string;
  readonly description?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly durable?: { readonly executionTimeoutSeconds: number; readonly retentionDays: number };
  readonly deadLetterArn?: string;
  readonly reservedConcurrency?: number;
  readonly vpc?: Placement;
}

export interface EventInvokeSpec {
  readonly functionName: string;
  readonly qualifier: string;
  readonly maximumRetryAttempts?: number;
  readonly onFailureArn?: string;
}

export interface PermissionSpec {
  readonly functionName: string;
  /** A service, e.g. `sns.amazonaws.com`, or `*`. */
  readonly principal: string;
  readonly action: 'lambda:InvokeFunction' | 'lambda:InvokeFunctionUrl';
  readonly sourceArn?: string;
  readonly functionUrlAuthType?: 'AWS_IAM' | 'NONE';
  readonly invokedViaFunctionUrl?: boolean;
}

export interface ScheduleSpec {
  readonly name: string;
  readonly expression: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input?: string;
  readonly retry?: { attempts: number; maxAgeSeconds: number };
  readonly state: 'ENABLED' | 'DISABLED';
}
