import { eventually } from './eventually.ts';
import { describeWith } from './needs.ts';

test('what comes about is given, whatever the checks before it threw', async () => {
  let checks = 0;
  const found = await eventually('a third check', () => {
    if (++checks < 3) throw new Error('not yet');
    return checks;
  });
  expect(found).toBe(3);
});

test('what does not come about fails with its name, and with what the last check threw', async () => {
  const never = eventually('the end of time', () => Promise.reject(new Error('not yet')), 20);
  await expect(never).rejects.toMatchObject({
    message: 'waited 0.02 s in vain for the end of time',
    cause: new Error('not yet'),
  });
  await expect(eventually('a truth', () => false, 0)).rejects.toThrow('waited 0 s in vain for a truth');
});

describe('tests that need something', () => {
  const { CI } = process.env;
  afterEach(() => {
    if (CI === undefined) delete process.env['CI'];
    else process.env['CI'] = CI;
    jest.restoreAllMocks();
  });

  test('run where it was found', () => {
    expect(describeWith('AWS CLI 2', '/usr/bin/aws', 'Debian: awscli')).toBe(describe);
  });

  test('say in one line why they are skipped', () => {
    delete process.env['CI'];
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(describeWith('AWS CLI 2', undefined, 'Debian: awscli')).toBe(describe.skip);
    expect(said.mock.calls).toEqual([
      [expect.stringMatching(/^skipped, for AWS CLI 2 is missing: \S+\.test\.ts\. Debian: awscli\n$/)],
    ]);
  });

  test('fail where nothing may be skipped', () => {
    process.env['CI'] = 'true';
    expect(() => describeWith('AWS CLI 2', undefined, 'Debian: awscli')).toThrow(
      'AWS CLI 2 is missing, and with CI=true no test may be skipped. Debian: awscli',
    );
  });
});
