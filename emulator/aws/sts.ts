import type {
  AssumeRoleCommandInput,
  AssumeRoleCommandOutput,
  GetCallerIdentityCommandInput,
  GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Call, Principal, ServiceDefinition } from '../kernel/service.ts';
import { ACCOUNT, PARTITION } from '../kernel/places.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { parsePolicy } from './iam-policy.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import { isRoot } from './iam.ts';
import type { Role } from './iam-role.ts';
import type { Iam } from './iam.ts';

/** Limits of the service: a session lasts 15 minutes to an hour; its policy has at most 2,048 characters. */
const SECONDS = { least: 900, most: 3_600 };
const POLICY_CHARACTERS = 2_048;

export const stsDefinition = (sts: Sts): ServiceDefinition => {
  // Neither names a resource: the first needs no permission, the second is decided by the role's trust, too.
  const resource = (): string[] => [];
  return {
    signingName: 'sts',
    sdk: () => import('@aws-sdk/client-sts'),
    clientClass: 'STSClient',
    operations: {
      GetCallerIdentity: operation<
        GetCallerIdentityCommandInput,
        Omit<GetCallerIdentityCommandOutput, '$metadata'>
      >({
        action: 'sts:GetCallerIdentity',
        resource,
        handle: (_, { principal }) => sts.callerIdentity(principal),
      }),
      AssumeRole: operation<AssumeRoleCommandInput, Omit<AssumeRoleCommandOutput, '$metadata'>>({
        action: 'sts:AssumeRole',
        resource,
        handle: (input, call) => sts.assumeRole(input, call),
      }),
    },
  };
};

export class Sts {
  private readonly iam: Iam;
  private readonly credentials: Credentials;
  private readonly clock: Clock;

  constructor({ iam, credentials, clock }: { iam: Iam; credentials: Credentials; clock: Clock }) {
    this.iam = iam;
    this.credentials = credentials;
    this.clock = clock;
  }

  callerIdentity(principal: Principal): Omit<GetCallerIdentityCommandOutput, '$metadata'> {
    return { Account: ACCOUNT, Arn: principal.arn, UserId: this.iam.idOf(principal) };
  }

  assumeRole(input: AssumeRoleCommandInput, { principal }: Call): Omit<AssumeRoleCommandOutput, '$metadata'> {
    refuseOptions('AssumeRole', input, [
      'RoleArn',
      'RoleSessionName',
      'Policy',
      'DurationSeconds',
      'ExternalId',
      'Tags',
    ]);
    const { RoleArn = '', RoleSessionName = '', Policy, DurationSeconds = SECONDS.most } = input;
    const role = this.iam.allRoles().find((candidate) => candidate.arn === RoleArn);
    const tags = Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
    const context = {
      ...(input.ExternalId !== undefined && { 'sts:ExternalId': input.ExternalId }),
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    };
    const tagged = Object.keys(tags).length > 0;
    for (const action of tagged ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole']) {
      const denial = role ? this.refusal(principal, action, role, context) : 'there is no such role';
      if (denial === undefined) continue;
      // A missing role is denied: callers must not learn whether it exists.
      throw new AwsError(
        'AccessDenied',
        `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${RoleArn} because ${denial}`,
        403,
      );
    }
    if (!role) throw new TypeError(`the role ${RoleArn} was there, and is not`);
    if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName))
      throw invalid(`RoleSessionName '${RoleSessionName}' must have 2 to 64 of A-Z a-z 0-9 _+=,.@-`);
    if (DurationSeconds < SECONDS.least || DurationSeconds > SECONDS.most) {
      throw invalid(`DurationSeconds is ${DurationSeconds}; wanted: ${SECONDS.least} to ${SECONDS.most}`);
    }
    if (Policy !== undefined) checkSessionPolicy(Policy);

    const session: Principal = {
      arn: `arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/${role.name}/${RoleSessionName}`,
      roleName: role.name,
      ...(Policy !== undefined && { sessionPolicy: Policy }),
      ...(tagged && { tags }),
      ...(principal.workerPid !== undefined && { workerPid: principal.workerPid }),
      ...(principal.placement && { placement: principal.placement }),
      ...(principal.verified && { verified: true }),
    };
    const key = this.credentials.issue(session);
    const expiration = new Date(this.clock.now().getTime() + DurationSeconds * 1_000);
    this.clock.at(`sts.session ${key.accessKeyId}`, expiration, () =>
      this.credentials.revoke(key.accessKeyId),
    );
    return {
      Credentials: {
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        SessionToken: key.sessionToken,
        Expiration: expiration,
      },
      AssumedRoleUser: { AssumedRoleId: `${role.id}:${RoleSessionName}`, Arn: session.arn },
    };
  }

  /**
   * A trust policy that names the caller is enough; if it names the account, the caller needs a
   * permission too. The caller's session policy and explicit denials apply in both cases.
   */
  private refusal(
    principal: Principal,
    action: string,
    role: Role,
    context: Readonly<Record<string, string>>,
  ): string | undefined {
    const trust = this.iam.policy(`trust of role ${role.name}`, role.trust);
    const verdict = evaluateResourcePolicy(trust, { arn: principal.arn }, action, role.arn, context);
    if (verdict === 'explicitDeny') return `of an explicit deny in the trust of role ${role.name}`;
    if (verdict === 'implicitDeny') return `the trust of role ${role.name} does not name the caller`;
    if (verdict === 'account' || isRoot(principal)) {
      const own = this.iam.check(principal, action, role.arn, context);
      return own.allowed ? undefined : own.reason;
    }
    const { identity, session } = this.iam.weigh(principal, action, role.arn, context);
    if (identity.decision === 'explicitDeny')
      return `of an explicit deny in the identity-based policy ${identity.by.join(', ')}`;
    return session && session.decision !== 'allowed'
      ? `no session policy allows the ${action} action`
      : undefined;
  }
}

function checkSessionPolicy(document: string): void {
  if (document.length > POLICY_CHARACTERS) {
    throw invalid(`the session policy has ${document.length} characters; the limit is ${POLICY_CHARACTERS}`);
  }
  try {
    parsePolicy('session', document);
  } catch (error) {
    throw new AwsError('MalformedPolicyDocumentException', (error as Error).message);
  }
}

const invalid = (message: string): AwsError => new AwsError('ValidationError', message, 400);
