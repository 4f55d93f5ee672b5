import { arn } from '../kernel/places.ts';
import type { Authorizer, Principal } from '../kernel/service.ts';
import type { AthenaTable } from './athena-table.ts';

export interface Access {
  /** The tables that the statement reads. */
  readonly tables: readonly Pick<AthenaTable, 'database' | 'name' | 'bucket' | 'prefix'>[];
  /** Where the result goes. */
  readonly result: { readonly bucket: string; readonly key: string };
}

type Need = readonly [action: string, resource: string];

/**
 * Athena acts as its caller: in addition to `athena:StartQueryExecution` the caller needs the catalog, the data,
 * and a place for the result.
 * @returns why the query fails, as Athena says it; undefined when all is allowed
 */
export function denial(iam: Authorizer, caller: Principal, { tables, result }: Access): string | undefined {
  const needed: Need[] = [
    ...tables.flatMap(needsOf),
    ['s3:GetBucketLocation', arn('s3', result.bucket)],
    ['s3:PutObject', arn('s3', `${result.bucket}/${result.key}`)],
  ];
  for (const [action, resource] of needed) {
    if (iam.check(caller, action, resource).allowed) continue;
    return action === 's3:PutObject'
      ? `Access denied when writing output to url: s3://${result.bucket}/${result.key} . Please ensure you are allowed to access the S3 bucket (AccessDenied: ${action})`
      : `Insufficient permissions to execute the query. User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} (AccessDenied)`;
  }
  return undefined;
}

function needsOf({ database, name, bucket, prefix }: Access['tables'][number]): Need[] {
  const schema = ['catalog', `database/${database}`].map((part) => arn('glue', part));
  const catalog = [...schema, arn('glue', `table/${database}/${name}`)];
  return [
    ...schema.map((resource): Need => ['glue:GetDatabase', resource]),
    ...catalog.map((resource): Need => ['glue:GetTable', resource]),
    ...catalog.map((resource): Need => ['glue:GetPartitions', resource]),
    ['s3:ListBucket', arn('s3', bucket)],
    ['s3:GetObject', arn('s3', `${bucket}/${prefix}/*`)],
  ];
}
