import type { Settings } from './settings.ts';

const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The console shows the object to anyone signed in; its button “Open” displays a page. */
export function objectAddress(
  { partition, region, bucket }: Pick<Settings, 'partition' | 'region' | 'bucket'>,
  key: string,
): string {
  const console = CONSOLES[partition] ?? 'console.aws.amazon.com';
  const query = new URLSearchParams({ region, bucketType: 'general', prefix: key }).toString();
  return `https://${region}.${console}/s3/object/${bucket}?${query.replaceAll('%2F', '/')}`;
}
