import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';

/** An IAM policy document, resolved: no references left in it. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * What the provisioner asks of the sandbox's services: no more than the template needs. Every method ensures:
 * asked again for what is there already (a sandbox that is started again asks for everything), it changes nothing
 * but what differs, and keeps state (an alarm's, a queue's messages).
 */
export interface Cloud {
  readonly iam: {
    createRole(role: RoleSpec): unknown;
    /** Adds the policy to the role, or replaces the role's policy of that name. */
    putRolePolicy(policy: {
      readonly roleName: string;
      readonly name: string;
      readonly document: Document;
    }): unknown;
  };
  readonly kms: {
    createKey(key: { readonly keyId: string; readonly policy: Document }): unknown;
  };
  readonly s3: { createBucket(name: string): unknown };
  readonly logs: { createGroup(group: { readonly name: string; readonly retentionDays?: number }): unknown };
  readonly sns: {
    createTopic(topic: { readonly name: string; readonly kmsKeyId?: string }): unknown;
    setTopicPolicy(topicArn: string, policy: Document): unknown;
    subscribe(subscription: SubscriptionSpec): Promise<string> | string;
  };
  readonly sqs: {
    createQueue(queue: QueueSpec): Promise<QueuePlace> | QueuePlace;
    setQueuePolicy(queueArn: string, policy: Document): unknown;
  };
  readonly cloudwatch: { putAlarm(alarm: PutMetricAlarmCommandInput): unknown };
  readonly lambda: LambdaCloud;
  readonly scheduler: { createSchedule(schedule: ScheduleSpec): unknown };
}

export interface LambdaCloud {
  createFunction(fn: FunctionSpec): unknown;
  publishVersion(functionName: string): Promise<VersionPlace> | VersionPlace;
  createAlias(alias: {
    readonly functionName: string;
    readonly name: string;
    readonly version: string;
  }): unknown;
  putEventInvokeConfig(config: EventInvokeSpec): unknown;
  addPermission(permission: PermissionSpec): unknown;
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
  /** Queue for what could not be delivered. */
  readonly deadLetterArn?: string;
}

export interface QueueSpec {
  readonly name: string;
  readonly retentionSeconds?: number;
  readonly visibilityTimeout?: number;
}

export interface QueuePlace {
  readonly arn: string;
  readonly url: string;
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
}

export interface VersionPlace {
  readonly version: string;
}

export interface EventInvokeSpec {
  readonly functionName: string;
  readonly qualifier: string;
  readonly maximumRetryAttempts?: number;
  readonly onFailureArn?: string;
}

export interface PermissionSpec {
  readonly functionName: string;
  readonly statementId: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

export interface ScheduleSpec {
  readonly name: string;
  readonly expression: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input?: string;
  readonly state: 'ENABLED' | 'DISABLED';
}
