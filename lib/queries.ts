import { Duration, Validations } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { resultsPlace } from '../lambdas/catalog/probes/athena-query.ts';
import type { Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface QueriesProps {
  readonly settings: Settings;
  readonly config: Deployment;
}

/**
 * The responder's own workgroup of Athena: no query may choose another place for its result, or scan more than the limit.
 */
export class Queries extends Construct {
  constructor(scope: Construct, id: string, { settings, config }: QueriesProps) {
    super(scope, id);
    const { queries } = settings;
    if (!queries || config.ownWorkgroup === false) return;
    const { scanLimitGb, resultDays } = config.ownWorkgroup;
    const results = new Bucket(this, 'Results', {
      bucketName: queries.bucket,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      removalPolicy: removalPolicyOf(config),
      lifecycleRules: [
        {
          id: 'results',
          expiration: Duration.days(resultDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    Validations.of(results).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Results of queries that the evidence holds as well; they expire within days.',
    });
    const group = new CfnWorkGroup(this, 'Workgroup', {
      name: queries.workgroup,
      description: 'Queries of the responder',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        bytesScannedCutoffPerQuery: scanLimitGb * 1_000_000_000,
        publishCloudWatchMetricsEnabled: false,
        resultConfiguration: {
          outputLocation: resultsPlace(settings),
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
    group.node.addDependency(results);
  }
}
