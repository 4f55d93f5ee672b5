import { readPlace } from '../../scripts/respond/place.ts';
import { readWords } from '../../scripts/respond/words.ts';

describe('words', () => {
  test.each([
    ['whoami', { name: 'whoami', input: {} }],
    ['approve r-1 --plan 1f2e', { name: 'approve', input: { id: 'r-1', plan: '1f2e' } }],
    ['trust cur-freshness auto', { name: 'trust', input: { playbook: 'cur-freshness', rung: 'auto' } }],
    ['pause --reason=month=end', { name: 'pause', input: { reason: 'month=end' } }],
    [
      'run invoice-lag --target period=2026-11 tenant=t-1 --dry-run --reason late',
      {
        name: 'run',
        input: {
          playbook: 'invoice-lag',
          target: { period: '2026-11', tenant: 't-1' },
          dryRun: true,
          reason: 'late',
        },
      },
    ],
    [
      'run x --target a=1 --target b=2',
      { name: 'run', input: { playbook: 'x', target: { a: '1', b: '2' } } },
    ],
    ['list --url https://x.example/', { name: 'list', input: {}, url: 'https://x.example/' }],
    ['whoami please', { name: 'whoami', input: { '1': 'please' } }],
    ['', 'help'],
    ['--help', 'help'],
  ])('%s', (line, expected) => {
    expect(readWords(line.split(' ').filter((word) => word !== ''))).toEqual(expected);
  });

  test.each([
    [['--reason', 'x', 'pause'], /the command comes first; got --reason/],
    [['run', 'x', '--target', 'period'], /--target has "period"; wanted key=value/],
  ])('%s is explained', (words, message) => {
    expect(() => readWords(words)).toThrow(message);
  });
});

describe('where the responder is', () => {
  const url = 'https://abc.lambda-url.eu-west-1.on.aws/';

  test("the function's own Region counts, not the environment's", () => {
    const env = { RESPONDER_URL: url, AWS_REGION: 'us-east-1' };
    expect(readPlace(undefined, env)).toMatchObject({ region: 'eu-west-1', partition: 'aws' });
    expect(readPlace('http://127.0.0.1:4566/_url/x/', env)).toMatchObject({ region: 'us-east-1' });
  });

  test.each([
    ['nothing', undefined, {}, /is missing; wanted RESPONDER_URL or --url.*RespondUrl.*describe-stacks/s],
    ['no URL', 'responder', {}, /"responder" is no URL/],
    ['a proof in the clear', 'http://responder.example/', {}, /is not https/],
    ['no Region', 'https://responder.example/', {}, /does not name its Region; wanted it in AWS_REGION/],
  ])('%s is explained', (_what, given, env, message) => {
    expect(() => readPlace(given, env)).toThrow(message);
  });
});
