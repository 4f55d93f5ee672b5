import { Duration, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DAYS_OF_A_MONTH } from '../lambdas/record/audit/retention.ts';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { Deployment } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface AnchorBucketProps {
  readonly bucketName: string;
  readonly config: Pick<Deployment, 'evidenceMonths' | 'keepData'>;
}

/**
 * Anchors the audit: hashes of its chains, under Object Lock. Until the retention ends nobody can replace or delete one
 * or shorten the retention, not even the account's owner.
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
      // Nothing locks what is thrown away: it must be deletable at once.
      ...(keepData && {
        objectLockDefaultRetention: ObjectLockRetention.compliance(
          Duration.days(evidenceMonths * DAYS_OF_A_MONTH),
        ),
      }),
      removalPolicy: removalPolicyOf({ keepData }),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Objects here contain only hashes and can be neither changed nor deleted: an access log would add nothing.',
    });
  }

  /**
   * The bucket's default retention locks what is put: no further permission is needed. Each daily anchor names the one
   * before; what somebody else has put there must not be taken for ours, so all versions must be readable.
   */
  anchoring(): IamStatement[] {
    return [
      {
        actions: ['s3:PutObject', 's3:GetObjectVersion'],
        resources: ['heads/*', 'daily/*', 'keys/*'].map((objects) => this.bucket.arnForObjects(objects)),
      },
      { actions: ['s3:ListBucketVersions'], resources: [this.bucket.bucketArn] },
    ];
  }
}
