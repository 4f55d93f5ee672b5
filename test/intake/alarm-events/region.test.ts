import { readFileSync } from 'node:fs';
import { placeOfArn, regionCode } from '../../../lambdas/intake/alarm-events/region.ts';

describe('a Region’s display name', () => {
  it.each([
    ['US East (N. Virginia)', 'us-east-1'],
    ['US - N. Virginia', 'us-east-1'],
    ['US East - Ohio', 'us-east-2'],
    ['US West (N. California)', 'us-west-1'],
    ['US West (Oregon)', 'us-west-2'],
    ['EU - Ireland', 'eu-west-1'],
    ['EU (Ireland)', 'eu-west-1'],
    ['Europe (Ireland)', 'eu-west-1'],
    ['EU (Frankfurt)', 'eu-central-1'],
    ['Asia Pacific (Seoul)', 'ap-northeast-2'],
    ['Asia Pacific (Osaka-Local)', 'ap-northeast-3'],
    ['South America (São Paulo)', 'sa-east-1'],
    ['South America (Sao Paulo)', 'sa-east-1'],
    ['Canada (Central)', 'ca-central-1'],
    ['Middle East (UAE)', 'me-central-1'],
    ['China (Ningxia)', 'cn-northwest-1'],
    ['AWS GovCloud (US-West)', 'us-gov-west-1'],
    ['AWS GovCloud (US)', 'us-gov-west-1'],
    ['AWS GovCloud (US-East)', 'us-gov-east-1'],
    ['eu-west-3', 'eu-west-3'],
    ['us-gov-east-1', 'us-gov-east-1'],
  ])('%s is %s', (name, code) => expect(regionCode(name)).toBe(code));

  it('of every partition that the SDK knows is known, and so is its code', () => {
    const known = readFileSync(require.resolve('@aws-sdk/core/client'), 'utf8');
    const all = [...known.matchAll(/"([a-z]+(?:-[a-z]+)+-\d)": \{\s*"description": "([^"]+)"/g)];
    expect(all.length).toBeGreaterThan(40);
    expect(new Set(all.map(([, code = '']) => code.split('-')[0]))).toContain('eusc');
    for (const [, code, name = ''] of all) expect([name, regionCode(name)]).toEqual([name, code]);
    for (const [, code = ''] of all) expect(regionCode(code)).toBe(code);
  });

  it('of the European Sovereign Cloud is known as CloudWatch writes it, also in an ARN', () => {
    expect(regionCode('EU Sovereign Cloud (Germany)')).toBe('eusc-de-east-1');
    const arn = 'arn:aws-eusc:cloudwatch:eusc-de-east-1:012345678901:alarm:cur-freshness';
    expect(placeOfArn(arn)).toEqual({ region: 'eusc-de-east-1', account: '012345678901' });
  });

  it.each(['EXAMPLE', '', 'constructor', '__proto__', 'Moon (Mare Tranquillitatis)'])(
    '%j is not known',
    (name) => expect(regionCode(name)).toBeUndefined(),
  );
});

describe('an ARN’s place', () => {
  it('takes only what can be a Region and an account', () => {
    expect(placeOfArn('arn:aws:cloudwatch:us-east-1: 012345678901:alarm:a:b')).toEqual({
      region: 'us-east-1',
      account: '012345678901',
    });
    expect(placeOfArn('arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE')).toEqual({});
    expect(placeOfArn('not an arn')).toEqual({});
  });
});
