import { createHash } from 'node:crypto';
import type { Authorizer, Principal } from '../kernel/service.ts';
import { AwsError } from '../kernel/service.ts';
import type { Store } from '../kernel/store.ts';
import { ACCOUNT, arn } from '../kernel/places.ts';
import { contextOf, requestContext } from './iam-conditions.ts';
import { allowing, evaluate } from './iam-evaluation.ts';
import type { Allowing, Request, Verdict } from './iam-evaluation.ts';
import { AWS_MANAGED_POLICIES } from './iam-managed-policies.ts';
import { withoutPermission } from './iam-permission-removal.ts';
import { evaluateResourcePolicy, type ResourceVerdict } from './iam-resource-policy.ts';
import { parsePolicy } from './iam-policy.ts';
import type { Policy } from './iam-policy.ts';
import type { NewRole, Role, User } from './iam-role.ts';

/** A request that a role's own policies allow: every statement that does so by itself. */
export type RoleUse = (role: string, by: readonly Allowing[]) => void;

/** The keys that encrypt what calls are about. */
export interface Keys {
  denial(
    principal: Principal,
    action: string,
    resource: string,
  ): { readonly action: string; readonly resource: string } | undefined;
}

/** Roles and users, and what they may do. There are no groups. */
export class Iam {
  private readonly roles;
  private readonly users;
  private readonly managed;
  private readonly buckets;
  private keys: Keys | undefined;
  private readonly parsed = new Map<string, Policy>();
  /** The organization's service control policies, as far as they deny: they bind root, too. */
  private serviceControl: readonly Policy[] = [];
  private onUse: RoleUse | undefined;

  constructor({ store }: { store: Pick<Store, 'collection'> }) {
    this.roles = store.collection<Role>('iam.role');
    this.users = store.collection<User>('iam.user');
    this.managed = store.collection<string>('iam.policy');
    this.buckets = store.collection<string>('iam.bucket-policy');
  }

  /**
   * Creates the role, or replaces it with all its policies. @throws Error on a document that is
   * wrong or not emulated
   */
  async createRole({ name, trust, policies = [], managedPolicyArns = [], ...given }: NewRole): Promise<Role> {
    managedPolicyArns.forEach((policyArn) => this.managedPolicy(policyArn));
    const role: Role = {
      name,
      arn: given.arn ?? arn('iam', `role/${name}`),
      id: idFor('AROA', name),
      trust: this.checked(`trust of role ${name}`, trust),
      policies: policies.map((policy) => ({
        name: policy.name,
        document: this.checked(policy.name, policy.document),
      })),
      managedPolicyArns,
    };
    await this.roles.put(name, role);
    return role;
  }

  hasRole(name: string): boolean {
    return this.roles.get(name) !== undefined;
  }

  hasPolicy(policyArn: string): boolean {
    return this.managed.get(policyArn) !== undefined;
  }

  /** @throws AwsError DeleteConflictException while it has inline policies; a missing role is no error */
  async deleteRole(name: string): Promise<void> {
    if (this.roles.get(name)?.policies.length)
      throw new AwsError('DeleteConflictException', 'Cannot delete entity, must delete policies first.', 409);
    await this.roles.delete(name);
  }

  async deleteRolePolicy(roleName: string, name: string): Promise<void> {
    const role = this.roles.get(roleName);
    if (role)
      await this.roles.put(roleName, {
        ...role,
        policies: role.policies.filter((policy) => policy.name !== name),
      });
  }

  async deletePolicy(policyArn: string): Promise<void> {
    await this.managed.delete(policyArn);
  }

  /** A managed policy of this account. */
  async createPolicy(policyArn: string, document: unknown): Promise<void> {
    await this.managed.put(policyArn, this.checked(policyArn, document));
  }

  /** Binds everybody in the account, from now on. */
  setServiceControlPolicy(name: string, document: unknown): void {
    this.serviceControl = [this.policy(name, this.checked(name, document))];
  }

  /** What a simulation calls `AllowedByOrganizations`. */
  allowedByOrganization(request: Request): boolean {
    return evaluate(this.serviceControl, request).decision !== 'explicitDeny';
  }

  /** Creates the user, or replaces it with all its policies. */
  async createUser(name: string, managedPolicyArns: readonly string[] = []): Promise<User> {
    managedPolicyArns.forEach((policyArn) => this.managedPolicy(policyArn));
    const user = { name, arn: arn('iam', `user/${name}`), id: idFor('AIDA', name), managedPolicyArns };
    await this.users.put(name, user);
    return user;
  }

  /** Of a bucket of this account: it grants in addition to the caller's own policies, and its denials win. */
  async putBucketPolicy(bucket: string, document: unknown): Promise<void> {
    await this.buckets.put(bucket, this.checked(`policy of bucket ${bucket}`, document));
  }

  async putRolePolicy(roleName: string, name: string, document: unknown): Promise<void> {
    const role = this.role(roleName);
    const others = role.policies.filter((policy) => policy.name !== name);
    await this.roles.put(roleName, {
      ...role,
      policies: [...others, { name, document: this.checked(name, document) }],
    });
  }

  /**
   * The fault "somebody removed a permission": removes from the role everything that allows
   * `action`, also a whole wildcard such as `s3:Get*`. Denials stay. @returns what was removed;
   * empty when nothing allowed it
   */
  async removePermission(roleName: string, action: string): Promise<string[]> {
    const role = this.role(roleName);
    const inline = role.policies.map(({ name, document }) =>
      withoutPermission(this.policy(name, document), action),
    );
    const policies = inline.flatMap(({ policy }) => {
      const document = policy && JSON.stringify({ Version: '2012-10-17', Statement: policy.statements });
      return document === undefined ? [] : [{ name: policy?.name ?? '', document }];
    });
    const isStruck = (policyArn: string): boolean =>
      withoutPermission(this.managedPolicy(policyArn), action).struck.length > 0;
    const managedPolicyArns = role.managedPolicyArns.filter((policyArn) => !isStruck(policyArn));
    await this.roles.put(roleName, { ...role, policies, managedPolicyArns });
    return [
      ...inline.flatMap(({ struck }) => struck),
      ...role.managedPolicyArns.filter(isStruck).map((policyArn) => `managed policy ${policyArn}`),
    ];
  }

  /** The fault "a statement is missing". @throws Error when the role has no such statement */
  async removeStatement(roleName: string, policyName: string, statement: number): Promise<void> {
    const role = this.role(roleName);
    const inline = role.policies.find(({ name }) => name === policyName);
    const { statements } = this.policy(policyName, inline?.document ?? '{"Statement":[]}');
    if (statement < 0 || statement >= statements.length)
      throw new Error(`role ${roleName} has no statement ${statement} in a policy "${policyName}"`);
    const rest = statements.filter((_, i) => i !== statement);
    const document = JSON.stringify({ Version: '2012-10-17', Statement: rest });
    const others = role.policies.filter(({ name }) => name !== policyName);
    const left = rest.length === 0 ? [] : [{ name: policyName, document }];
    await this.roles.put(roleName, { ...role, policies: [...others, ...left] });
  }

  /** Calls it for each request that a role is allowed; one watches at a time. */
  watchUse(onUse: RoleUse): void {
    this.onUse = onUse;
  }

  /** @throws AwsError NoSuchEntityException */
  role(name: string): Role {
    const role = this.roles.get(name);
    if (!role) throw new AwsError('NoSuchEntityException', `The role with name ${name} cannot be found.`);
    return role;
  }

  allRoles(): Role[] {
    return this.roles.all().sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The role's inline and managed policies. */
  policiesOf(role: Role): Policy[] {
    return [
      ...role.policies.map(({ name, document }) => this.policy(name, document)),
      ...role.managedPolicyArns.map((policyArn) => this.managedPolicy(policyArn)),
    ];
  }

  user(name: string): User | undefined {
    return this.users.get(name);
  }

  /** The `UserId` of GetCallerIdentity, and the `callerId` of a function URL. */
  idOf({ arn: principalArn, roleName, userName }: Principal): string {
    if (roleName !== undefined) return `${this.role(roleName).id}:${principalArn.split('/').at(-1)}`;
    return (userName !== undefined && this.users.get(userName)?.id) || ACCOUNT;
  }

  /** The principal of an ARN of a role, a role's session, a user, or root. */
  principalOf(principalArn: string): Principal {
    const roleName =
      /:assumed-role\/([^/]+)\//.exec(principalArn)?.[1] ??
      /:role\/(?:.*\/)?([^/]+)$/.exec(principalArn)?.[1];
    const userName = /:user\/(?:.*\/)?([^/]+)$/.exec(principalArn)?.[1];
    return {
      arn: principalArn,
      ...(roleName !== undefined && { roleName }),
      ...(userName !== undefined && { userName }),
    };
  }

  /** A call on what a key encrypts needs the key, too. */
  heedKeys(keys: Keys): void {
    this.keys = keys;
  }

  /** @param context condition keys, added to those that every request has */
  check(
    principal: Principal,
    action: string,
    resource: string,
    context: Readonly<Record<string, string>> = {},
  ): ReturnType<Authorizer['check']> {
    const inContext = contextOf({ ...requestContext(principal), ...context });
    if (!this.allowedByOrganization({ action, resource, context: inContext }))
      return { allowed: false, reason: 'of an explicit deny in a service control policy' };
    if (isRoot(principal)) return { allowed: true, reason: 'root may do everything' };
    const { identity, session } = this.weigh(principal, action, resource, context);
    const onBucket = this.bucketSays(principal, action, resource, context);
    if (onBucket === 'explicitDeny')
      return { allowed: false, reason: 'of an explicit deny in a resource-based policy' };
    const isGranted = identity.decision === 'implicitDeny' && onBucket === 'allowed';
    if (identity.decision !== 'allowed' && !isGranted)
      return { allowed: false, reason: explain('identity-based', action, identity) };
    if (session && session.decision !== 'allowed')
      return { allowed: false, reason: explain('session', action, session) };
    const key = this.keys?.denial(principal, action, resource);
    if (key)
      return { allowed: false, reason: `no identity-based policy allows the ${key.action} action`, key };
    return { allowed: true, reason: `allowed by ${[...identity.by, ...(session?.by ?? [])].join(', ')}` };
  }

  /**
   * The decisions of the role's or user's policies, and of the session's policy if it has one. Not
   * for root.
   */
  weigh(
    principal: Principal,
    action: string,
    resource: string,
    context: Readonly<Record<string, string>> = {},
  ): { readonly identity: Verdict; readonly session?: Verdict } {
    const role = principal.roleName === undefined ? undefined : this.roles.get(principal.roleName);
    const user = principal.userName === undefined ? undefined : this.users.get(principal.userName);
    const attached = user?.managedPolicyArns.map((policyArn) => this.managedPolicy(policyArn));
    const request = { action, resource, context: contextOf({ ...requestContext(principal), ...context }) };
    const policies = role ? this.policiesOf(role) : (attached ?? []);
    const identity = evaluate(policies, request);
    if (role && this.onUse && identity.decision === 'allowed')
      this.onUse(role.name, allowing(policies, request));
    if (principal.sessionPolicy === undefined) return { identity };
    return { identity, session: evaluate([this.policy('session policy', principal.sessionPolicy)], request) };
  }

  private bucketSays(
    principal: Principal,
    action: string,
    resource: string,
    context: Readonly<Record<string, string>>,
  ): ResourceVerdict {
    const bucket = /^arn:[^:]+:s3:::([^/]+)/.exec(resource)?.[1];
    const document = bucket === undefined ? undefined : this.buckets.get(bucket);
    if (document === undefined) return 'implicitDeny';
    const policy = this.policy(`policy of bucket ${bucket}`, document);
    const known = { ...requestContext(principal), ...context };
    return evaluateResourcePolicy(policy, principal, action, resource, known);
  }

  /** Parsed once per text: policies are evaluated on every call. */
  policy(name: string, document: string): Policy {
    const key = `${name}\n${document}`;
    let policy = this.parsed.get(key);
    if (!policy) this.parsed.set(key, (policy = parsePolicy(name, document)));
    return policy;
  }

  private managedPolicy(policyArn: string): Policy {
    const own = this.managed.get(policyArn);
    const policy = own === undefined ? AWS_MANAGED_POLICIES.get(policyArn) : this.policy(policyArn, own);
    if (policy) return policy;
    throw new AwsError(
      'NoSuchEntityException',
      `the emulator does not know the content of managed policy ${policyArn}; it knows ${[...AWS_MANAGED_POLICIES.keys()].join(', ')}, and those made with createPolicy`,
    );
  }

  private checked(name: string, document: unknown): string {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    this.policy(name, text);
    return text;
  }
}

/** The same on every start, in the form of a real one. */
const idFor = (prefix: 'AROA' | 'AIDA', name: string): string =>
  `${prefix}${createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase()}`;

export const isRoot = (principal: Principal): boolean => principal.arn === arn('iam', 'root');

function explain(kind: 'identity-based' | 'session', action: string, verdict: Verdict): string {
  const doubt = verdict.doubt === undefined ? '' : ` (${verdict.doubt})`;
  return verdict.decision === 'explicitDeny'
    ? `of an explicit deny in the ${kind} policy ${verdict.by.join(', ')}${doubt}`
    : `no ${kind} policy allows the ${action} action${doubt}`;
}
