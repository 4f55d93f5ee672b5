import { createHash } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../../kernel/places.ts';
import { handler, ignored, nameIf, PolicyDocument, type ResourceHandler } from '../resource-handler.ts';

const role = handler({
  properties: z.strictObject({
    RoleName: z.string().optional(),
    Path: z.literal('/').optional(),
    AssumeRolePolicyDocument: PolicyDocument,
    Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument })).default([]),
    ManagedPolicyArns: z.array(z.string()).default([]),
    MaxSessionDuration: ignored('sessions in the emulator end with it'),
    Description: ignored('for people'),
  }),
  async create(properties, { cloud, name: generated }) {
    const name = properties.RoleName ?? generated;
    const roleArn = arn('iam', `role/${name}`);
    await cloud.iam.createRole({
      name,
      arn: roleArn,
      trust: properties.AssumeRolePolicyDocument,
      policies: properties.Policies.map((policy) => ({
        name: policy.PolicyName,
        document: policy.PolicyDocument,
      })),
      managedPolicyArns: properties.ManagedPolicyArns,
    });
    return { ref: name, attributes: { Arn: roleArn } };
  },
  taken: ({ RoleName }, { cloud }) => nameIf(RoleName, (name) => cloud.iam.hasRole(name)),
  async remove({ ref }, { Policies }, cloud) {
    // CloudFormation's own way: IAM deletes no role that has policies.
    for (const { PolicyName } of Policies) await cloud.iam.deleteRolePolicy(ref, PolicyName);
    await cloud.iam.deleteRole(ref);
  },
});

const policy = handler({
  properties: z.strictObject({
    PolicyName: z.string(),
    PolicyDocument,
    Roles: z.array(z.string()).min(1),
  }),
  async create(properties, { cloud, logicalId }) {
    for (const roleName of properties.Roles) {
      await cloud.iam.putRolePolicy(roleName, properties.PolicyName, properties.PolicyDocument);
    }
    return { ref: logicalId };
  },
  async remove(_made, { PolicyName, Roles }, cloud) {
    for (const role of Roles) await cloud.iam.deleteRolePolicy(role, PolicyName);
  },
});

const managedPolicy = handler({
  properties: z.strictObject({
    ManagedPolicyName: z.string(),
    Path: z.literal('/').optional(),
    PolicyDocument,
    Description: ignored('for people'),
  }),
  async create({ ManagedPolicyName: name, PolicyDocument: document }, { cloud }) {
    const policyArn = arn('iam', `policy/${name}`);
    await cloud.iam.createPolicy(policyArn, document);
    return { ref: policyArn, attributes: { PolicyArn: policyArn } };
  },
  taken: ({ ManagedPolicyName }, { cloud }) =>
    nameIf(ManagedPolicyName, (name) => cloud.iam.hasPolicy(arn('iam', `policy/${name}`))),
  remove: ({ ref }, _properties, cloud) => cloud.iam.deletePolicy(ref),
});

const key = handler({
  properties: z.strictObject({
    KeyPolicy: PolicyDocument,
    Description: ignored('for people'),
    EnableKeyRotation: ignored('the emulator encrypts nothing; who may use the key is what it enforces'),
  }),
  async create(properties, { cloud, name }) {
    const keyId = stableUuid(name);
    await cloud.kms.createKey({ keyId, policy: properties.KeyPolicy });
    return { ref: keyId, attributes: { Arn: arn('kms', `key/${keyId}`), KeyId: keyId } };
  },
  remove: ({ ref }, _properties, cloud) => cloud.kms.deleteKey(ref),
});

/** The same id on every boot, in the form of a real one. */
function stableUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export const identity: Readonly<Record<string, ResourceHandler>> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::KMS::Key': key,
};
