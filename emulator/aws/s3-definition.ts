import type { Authorizer, ServiceDefinition } from '../kernel/service.ts';
import { s3BucketOperations } from './s3-bucket-operations.ts';
import { s3ObjectOperations } from './s3-object-operations.ts';
import type { S3 } from './s3.ts';

export const s3Definition = (s3: S3, iam?: Authorizer): ServiceDefinition => ({
  signingName: 's3',
  sdk: () => import('@aws-sdk/client-s3'),
  clientClass: 'S3Client',
  operations: { ...s3BucketOperations(s3), ...s3ObjectOperations(s3, iam) },
});
