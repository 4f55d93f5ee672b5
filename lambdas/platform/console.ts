import type { Settings } from './settings.ts';

const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

type Place = Pick<Settings, 'partition' | 'region' | 'bucket'>;

const inConsole = (
  { partition, region, bucket }: Place,
  kind: 'object' | 'buckets',
  prefix: string,
): string => {
  const console = CONSOLES[partition] ?? 'console.aws.amazon.com';
  const query = new URLSearchParams({ region, bucketType: 'general', prefix }).toString();
  return `https://${region}.${console}/s3/${kind}/${bucket}?${query.replaceAll('%2F', '/')}`;
};

/** The console shows the object to anyone signed in; its button “Open” displays a page. */
export const objectAddress = (place: Place, key: string): string => inConsole(place, 'object', key);

/** All objects under a prefix, which ends with a slash. */
export const folderAddress = (place: Place, prefix: string): string => inConsole(place, 'buckets', prefix);
