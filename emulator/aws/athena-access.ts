import { arn } from '../kernel/places.ts';
import type { Authorizer, Principal } from '../kernel/service.ts';
import type { AthenaTable } from './athena-table.ts';

export interface Access {
  /** The tables that the statement reads. */
  readonly tables: readonly Pick<AthenaTable, 'database' | 'name' | 'bucket' | 'prefix' | 'lakeFormation'>[];
  /** Where the result goes; undefined: Athena keeps it itself. */
  readonly result: { readonly bucket: string; readonly key: string } | undefined;
}

type Need = readonly [action: string, resource: string];

/**
 * Athena acts as its caller: in addition to `athena:StartQueryExecution` the caller needs the catalog, the data,
 * and a place for the result.
 * @returns why the query fails, as Athena says it; undefined when all is allowed
 */
export function denial(iam: Authorizer, caller: Principal, { tables, result }: Access): string | undefined {
  const needed: Need[] = [
    // Of every query, whatever it reads.
    ...['catalog', 'database/default'].map((one): Need => ['glue:GetDatabase', arn('glue', one)]),
    ...tables.flatMap(needsOf),
    ...(result ? ofResult(result) : []),
  ];
  for (const [action, resource] of needed) {
    const { allowed, key } = iam.check(caller, action, resource);
    if (allowed) continue;
    if (key)
      return `Insufficient permissions to execute the query. User: ${caller.arn} is not authorized to perform: ${key.action} on resource: ${key.resource} (Service: AmazonS3; Status Code: 403; Error Code: AccessDenied)`;
    return action === 's3:PutObject' && result
      ? `Access denied when writing output to url: s3://${result.bucket}/${result.key} . Please ensure you are allowed to access the S3 bucket (AccessDenied: ${action})`
      : `Insufficient permissions to execute the query. User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} (AccessDenied)`;
  }
  return undefined;
}

/** A result is written in parts. */
function ofResult({ bucket, key }: NonNullable<Access['result']>): Need[] {
  const object = arn('s3', `${bucket}/${key}`);
  const parts = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
  return [['s3:GetBucketLocation', arn('s3', bucket)], ...parts.map((action): Need => [action, object])];
}

const PARTITIONS = ['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'];

function needsOf({ database, name, bucket, prefix, lakeFormation }: Access['tables'][number]): Need[] {
  const schema = ['catalog', `database/${database}`].map((part) => arn('glue', part));
  const catalog = [...schema, arn('glue', `table/${database}/${name}`)];
  return [
    ...schema.map((resource): Need => ['glue:GetDatabase', resource]),
    ...catalog.map((resource): Need => ['glue:GetTable', resource]),
    ...PARTITIONS.flatMap((action) => catalog.map((resource): Need => [action, resource])),
    // Lake Formation reads in the caller's place.
    ...(lakeFormation
      ? [['lakeformation:GetDataAccess', '*'] as const]
      : ([
          ['s3:ListBucket', arn('s3', bucket)],
          ['s3:GetObject', arn('s3', `${bucket}/${prefix}/*`)],
        ] as const)),
  ];
}
