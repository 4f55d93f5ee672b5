import type { AccessCheck } from '../../sandbox/commercial-ops/contracts.ts';
import { arn } from '../kernel/places.ts';
import type { Principal } from '../kernel/service.ts';

export interface Access {
  readonly database: string;
  readonly table: string;
  readonly warehouse: { readonly bucket: string; readonly prefix: string };
  /** Where the result goes. */
  readonly result: { readonly bucket: string; readonly key: string };
}

/**
 * Athena acts as its caller: besides `athena:StartQueryExecution` the caller needs the catalog, the data, and
 * a place for the result.
 * @returns why the query fails, as Athena says it; undefined when all is allowed
 */
export function denial(iam: AccessCheck, caller: Principal, access: Access): string | undefined {
  const { database, table, warehouse, result } = access;
  const catalog = ['catalog', `database/${database}`, `table/${database}/${table}`].map((name) =>
    arn('glue', name),
  );
  const needed: [action: string, resource: string][] = [
    ...catalog.slice(0, 2).map((resource): [string, string] => ['glue:GetDatabase', resource]),
    ...catalog.map((resource): [string, string] => ['glue:GetTable', resource]),
    ...catalog.map((resource): [string, string] => ['glue:GetPartitions', resource]),
    ['s3:ListBucket', arn('s3', warehouse.bucket)],
    ['s3:GetObject', arn('s3', `${warehouse.bucket}/${warehouse.prefix}/*`)],
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
