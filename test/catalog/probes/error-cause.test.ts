import { errorCause } from '../../../lambdas/platform/error-cause.ts';

test.each([
  ['An error occurred while calling o94.parquet: Access Denied (Error Code: AccessDenied)', 'AccessDenied'],
  ['User: arn:… is not authorized to perform: s3:GetObject', 'AccessDenied'],
  ['Command failed with exit code 10: out of memory', 'out of memory'],
  ['Command failed with exit code 10', 'exit code 10'],
  ['java.lang.IllegalStateException: tenant Acme Ltd, invoice 4711', 'IllegalStateException'],
  ['InternalServiceFault: the account of Acme Ltd is overloaded', 'InternalServiceFault'],
  [
    "Athena failed query 1: HIVE_PARTITION_SCHEMA_MISMATCH: column 'usd' is declared as type 'double', but partition 'period=2026-06' of Acme Ltd",
    "a partition has other columns than the table: give it the table's, or load its month again (HIVE_PARTITION_SCHEMA_MISMATCH)",
  ],
  [
    'HIVE_BAD_DATA: Malformed Parquet file. Field usd of Acme Ltd',
    'files of the table do not fit its columns: load their month again (HIVE_BAD_DATA)',
  ],
  ['HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split: Access Denied', 'AccessDenied'],
  ['HIVE_METASTORE_ERROR: of Acme Ltd', 'HIVE_METASTORE_ERROR'],
  [
    "TABLE_NOT_FOUND: line 4:6: Table 'awsdatacatalog.costs.acme' does not exist",
    'the table is not there, or under another name: see estate.costs (TABLE_NOT_FOUND)',
  ],
  [
    "COLUMN_NOT_FOUND: line 1:8: Column 'acme' cannot be resolved",
    'the table is missing a column of the query: see estate.costs (COLUMN_NOT_FOUND)',
  ],
  ['something about Acme Ltd', 'an error without a code'],
  ['', 'no message'],
  [null, 'no message'],
])('of %j people are told %j', (text, cause) => {
  expect(errorCause(text)).toBe(cause);
});
