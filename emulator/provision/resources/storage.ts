import * as z from 'zod';
import { arn } from '../../kernel/places.ts';
import { handler, ignored, nameIf, PolicyDocument, type ResourceHandler } from '../resource-handler.ts';

const ObjectLock = z.strictObject({
  ObjectLockEnabled: z.literal('Enabled'),
  Rule: z
    .strictObject({
      DefaultRetention: z.strictObject({ Mode: z.enum(['COMPLIANCE', 'GOVERNANCE']), Days: z.int().min(1) }),
    })
    .optional(),
});

const bucket = handler({
  properties: z.strictObject({
    BucketName: z.string().optional(),
    BucketEncryption: ignored('encryption at rest refuses nobody'),
    LifecycleConfiguration: ignored('no drill lasts two years'),
    PublicAccessBlockConfiguration: ignored('the emulator listens on loopback only'),
    VersioningConfiguration: z.strictObject({ Status: z.literal('Enabled') }).optional(),
    ObjectLockEnabled: z.literal(true).optional(),
    ObjectLockConfiguration: ObjectLock.optional(),
  }),
  async create(properties, { cloud, name: generated }) {
    const { BucketName, VersioningConfiguration, ObjectLockEnabled, ObjectLockConfiguration } = properties;
    const name = BucketName ?? generated.toLowerCase();
    const { Days: days, Mode: mode } = ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
    await cloud.s3.createBucket(name, {
      // S3 gives every bucket under Object Lock versions.
      ...((VersioningConfiguration ?? ObjectLockEnabled) && { versioned: true }),
      ...(ObjectLockEnabled && {
        objectLock: { ...(days !== undefined && { days }), ...(mode && { mode }) },
      }),
    });
    return { ref: name, attributes: { Arn: arn('s3', name) } };
  },
  taken: ({ BucketName }, { cloud }) => nameIf(BucketName, (name) => cloud.s3.hasBucket(name)),
  remove: ({ ref }, _properties, cloud) => cloud.s3.deleteBucket(ref),
});

/** Only policies that refuse plain HTTP: they are not enforced, for on loopback they would refuse everybody. */
const bucketPolicy = handler({
  properties: z.strictObject({
    Bucket: z.string(),
    PolicyDocument: PolicyDocument.refine(
      ({ Statement }) => z.array(TransportOnly).safeParse(Statement).success,
      'the emulator takes only bucket policies that refuse plain HTTP',
    ),
  }),
  create: (_properties, { logicalId }) => ({ ref: logicalId }),
});

const TransportOnly = z.looseObject({
  Effect: z.literal('Deny'),
  Condition: z.strictObject({ Bool: z.strictObject({ 'aws:SecureTransport': z.literal('false') }) }),
});

const flag = z.union([z.boolean(), z.literal('true').transform(() => true)]);

const workgroup = handler({
  properties: z.strictObject({
    Name: z.string(),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    Description: ignored('for people'),
    // A workgroup that has ever had a query is deleted no other way.
    RecursiveDeleteOption: z.literal(true),
    WorkGroupConfiguration: z.strictObject({
      EnforceWorkGroupConfiguration: flag.optional(),
      BytesScannedCutoffPerQuery: z.int().optional(),
      PublishCloudWatchMetricsEnabled: ignored('nobody reads them'),
      ResultConfiguration: z
        .strictObject({
          OutputLocation: z.string(),
          EncryptionConfiguration: ignored('encryption at rest refuses nobody'),
        })
        .optional(),
    }),
  }),
  create({ Name: name, State: state, WorkGroupConfiguration: settings }, { cloud }) {
    cloud.athena.putWorkgroup({
      name,
      state,
      results: settings.ResultConfiguration?.OutputLocation,
      enforced: settings.EnforceWorkGroupConfiguration,
      cutoffBytes: settings.BytesScannedCutoffPerQuery,
    });
    return { ref: name };
  },
  taken: ({ Name }, { cloud }) => nameIf(Name, (name) => cloud.athena.hasWorkgroup(name)),
  remove: ({ ref }, _properties, cloud) => cloud.athena.deleteWorkgroup(ref),
});

export const storage: Readonly<Record<string, ResourceHandler>> = {
  'AWS::Athena::WorkGroup': workgroup,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
};
