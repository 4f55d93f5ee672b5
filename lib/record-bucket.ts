import { Duration, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DAYS_OF_A_MONTH } from '../lambdas/record/audit/retention.ts';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { Deployment } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface RecordBucketProps {
  readonly bucketName: string;
  readonly config: Pick<Deployment, 'evidenceMonths' | 'keepData' | 'runDays'>;
}

/**
 * Prefixes: evidence bodies, those of rehearsals, unrecognised messages, the callbacks of runs that wait for an OK, postmortems and daily
 * reports.
 */
export type Prefix =
  'evidence' | 'rehearsals' | 'unrecognised' | 'waiting' | 'ops/postmortems' | 'ops/reports';

/** The part of the record that does not fit in a row. */
export class RecordBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { bucketName, config }: RecordBucketProps) {
    super(scope, id);
    const kept = Duration.days(config.evidenceMonths * DAYS_OF_A_MONTH);
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      // Overwritten or deleted evidence can still be shown.
      versioned: true,
      objectLockEnabled: true,
      // Nobody deletes a version before, except a person with `s3:BypassGovernanceRetention`, which none of our roles has.
      // Nothing locks what is thrown away: it must be deletable at once.
      ...(config.keepData && { objectLockDefaultRetention: ObjectLockRetention.governance(kept) }),
      removalPolicy: removalPolicyOf(config),
      lifecycleRules: [
        { id: 'evidence', prefix: 'evidence/', expiration: kept, noncurrentVersionExpiration: kept },
        { id: 'rehearsals', prefix: 'rehearsals/', expiration: kept, noncurrentVersionExpiration: kept },
        {
          id: 'postmortems',
          prefix: 'ops/postmortems/',
          expiration: kept,
          noncurrentVersionExpiration: kept,
        },
        { id: 'unrecognised', prefix: 'unrecognised/', expiration: kept, noncurrentVersionExpiration: kept },
        { id: 'reports', prefix: 'ops/reports/', expiration: kept, noncurrentVersionExpiration: kept },
        {
          id: 'waiting',
          prefix: 'waiting/',
          // No run lasts longer than `runDays`; a week more for troubleshooting.
          expiration: Duration.days(config.runDays + 7),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Each object is written once by a function of this stack, and its key and SHA-256 are in the ledger: an ' +
        'access log would add nothing that the record does not prove.',
    });
  }

  writing(...prefixes: readonly Prefix[]): IamStatement {
    return { actions: ['s3:PutObject'], resources: this.objects(prefixes) };
  }

  removing(...prefixes: readonly Prefix[]): IamStatement {
    return { actions: ['s3:DeleteObject'], resources: this.objects(prefixes) };
  }

  /** Includes listing: without it S3 answers AccessDenied for a missing object. */
  reading(...prefixes: readonly Prefix[]): IamStatement[] {
    return [
      { actions: ['s3:GetObject'], resources: this.objects(prefixes) },
      {
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}/*`) } },
      },
    ];
  }

  private objects(prefixes: readonly Prefix[]): string[] {
    return prefixes.map((prefix) => this.bucket.arnForObjects(`${prefix}/*`));
  }
}
