import type { Estate } from '../../lambdas/platform/settings.ts';
import { ACCOUNT, arn, PARTITION } from '../../emulator/kernel/places.ts';
import { CUSTOMER_KEY } from './customer-key.ts';
import type { Principal } from '../../emulator/kernel/service.ts';

/** The Glue job's own role, as Iam.createRole wants it: Commercial-Ops brings it, the responder's stack does not. */
export function ingestionRole(estate: Estate) {
  const { cur, athena, ingestion } = estate;
  const { warehouseBucket, warehousePrefix } = athena;
  return {
    name: ingestion.role,
    arn: arn('iam', `role/${ingestion.role}`),
    trust: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    policies: [
      {
        name: INGESTION_POLICY,
        document: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 's3:ListBucket',
              Resource: [arn('s3', cur.bucket), arn('s3', warehouseBucket)],
            },
            { Effect: 'Allow', Action: 's3:GetObject', Resource: arn('s3', `${cur.bucket}/${cur.prefix}/*`) },
            {
              Effect: 'Allow',
              Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
              Resource: arn('s3', `${warehouseBucket}/${warehousePrefix}/*`),
            },
            {
              Effect: 'Allow',
              Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
              Resource: CUSTOMER_KEY,
            },
            {
              Effect: 'Allow',
              Action: ['athena:StartQueryExecution', 'athena:GetQueryExecution'],
              Resource: arn('athena', `workgroup/${athena.workgroup}`),
            },
          ],
        },
      },
    ],
  };
}

/** The inline policy to replace for the fault "the job's role lost a permission". */
const INGESTION_POLICY = 'cur-ingestion';

/** The job at work, as policies and error messages know it. */
export const ingestionPrincipal = (estate: Estate): Principal => ({
  arn: `arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/${estate.ingestion.role}/GlueJobRunnerSession`,
  roleName: estate.ingestion.role,
});
