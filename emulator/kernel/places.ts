/** The emulator's account. It begins with a zero because real ones do, and a number would lose it. */
export const ACCOUNT = '012345678901';
/** One for a process: an account's second Region is an emulator of another one. */
export const REGION = process.env['EMULATOR_REGION'] ?? 'us-east-1';
export const PARTITION = 'aws';

/** Prefix of functions with a URL, `/_url/<function>/…`: on loopback there is no host name for each of them. */
export const FUNCTION_URL_PREFIX = '/_url/';

/** Prefix of the signed URLs that take the answers of custom resources. */
export const CUSTOM_RESOURCE_PREFIX = '/_custom-resource/';

/** Prefix of the stand-in for Jira, `/_jira/rest/api/3/…`. */
export const JIRA_PREFIX = '/_jira/';

/** Prefix of the stand-ins for pagers, `/_pager/pagerduty` and `/_pager/webhook`. */
export const PAGER_PREFIX = '/_pager/';

/** `arn('sns', 'x')` = `arn:aws:sns:us-east-1:012345678901:x`; IAM and S3 have no Region, S3 no account. */
export function arn(service: string, resource: string): string {
  const region = service === 'iam' || service === 's3' ? '' : REGION;
  const account = service === 's3' ? '' : ACCOUNT;
  return `arn:${PARTITION}:${service}:${region}:${account}:${resource}`;
}
