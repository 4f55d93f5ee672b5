import { objectAddress } from '../../lambdas/platform/console.ts';

test.each([
  ['aws', 'eu-central-1', 'https://eu-central-1.console.aws.amazon.com/s3/object/record?region=eu-central-1'],
  ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/s3/object/record?region=cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/s3/object/record?'],
])('an object’s address in the console of %s, %s', (partition, region, start) => {
  const address = objectAddress({ partition, region, bucket: 'record' }, 'ops/reports/2026-11-23/a b&c.html');
  expect(address.startsWith(start)).toBe(true);
  expect(new URL(address).searchParams.get('prefix')).toBe('ops/reports/2026-11-23/a b&c.html');
});
