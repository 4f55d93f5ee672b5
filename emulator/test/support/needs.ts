/**
 * `describe`, if what the tests need was found; otherwise a describe that skips, after one line that says why.
 * @param what what is needed, e.g. `AWS CLI 2`
 * @param remedy where it comes from, e.g. `Debian: apt-get install awscli`
 * @throws when it is missing where CI is "true": nothing may be skipped there
 */
export function describeWith(what: string, found: unknown, remedy: string): jest.Describe {
  if (found !== undefined && found !== false) return describe;
  if (process.env['CI'] === 'true')
    throw new Error(`${what} is missing, and with CI=true no test may be skipped. ${remedy}`);
  process.stderr.write(
    `skipped, for ${what} is missing: ${expect.getState().testPath ?? 'some tests'}. ${remedy}\n`,
  );
  return describe.skip;
}
