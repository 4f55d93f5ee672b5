import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DAYS_OF_A_MONTH } from '../lambdas/record/audit/retention.ts';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { Deployment } from './config.ts';

export interface AnchorBucketProps {
  readonly bucketName: string;
  readonly config: Pick<Deployment, 'evidenceMonths' | 'keepData'>;
}

/**
 * Holds the audit to what it was: hashes of its chains, under Object Lock. Until its time has come nobody can replace or
 * delete one, the account's owner included, and nobody can shorten the time.
 */
export class AnchorBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { bucketName, config }: AnchorBucketProps) {
    super(scope, id);
    const { evidenceMonths, keepData } = config;
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      objectLockEnabled: true,
      // A stack that is thrown away must be able to go, if only the day after.
      objectLockDefaultRetention: ObjectLockRetention.compliance(
        Duration.days(keepData ? evidenceMonths * DAYS_OF_A_MONTH : 1),
      ),
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'What is put here cannot be changed or deleted by anybody, and holds hashes alone: an access log would tell of nothing.',
    });
  }

  /** The heads of chains, at each outcome. The default retention locks what is put: no further right is needed. */
  anchoringHeads(): IamStatement[] {
    return [{ actions: ['s3:PutObject'], resources: [this.bucket.arnForObjects('heads/*')] }];
  }

  /** All heads, once a day: each such anchor names the one before, which must be found for that. */
  anchoringDaily(): IamStatement[] {
    return [
      {
        actions: ['s3:PutObject', 's3:GetObject'],
        resources: [this.bucket.arnForObjects('daily/*')],
      },
      {
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': 'daily/*' } },
      },
    ];
  }
}
