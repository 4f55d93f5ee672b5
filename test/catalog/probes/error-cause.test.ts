import { errorCause } from '../../../lambdas/platform/error-cause.ts';

test.each([
  ['An error occurred while calling o94.parquet: Access Denied (Error Code: AccessDenied)', 'AccessDenied'],
  ['User: arn:… is not authorized to perform: s3:GetObject', 'AccessDenied'],
  ['Command failed with exit code 10: out of memory', 'out of memory'],
  ['Command failed with exit code 10', 'exit code 10'],
  ['java.lang.IllegalStateException: tenant Acme Ltd, invoice 4711', 'IllegalStateException'],
  ['InternalServiceFault: the account of Acme Ltd is overloaded', 'InternalServiceFault'],
  ['something about Acme Ltd', 'an error without a code'],
  ['', 'no message'],
  [null, 'no message'],
])('of %j people are told %j', (text, cause) => {
  expect(errorCause(text)).toBe(cause);
});
