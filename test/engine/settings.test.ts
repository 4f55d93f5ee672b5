import { settingsFromEnvironment } from '../../lambdas/platform/settings.ts';
import { exampleSettings } from '../support/settings.ts';

const read = (text?: string) => () =>
  settingsFromEnvironment(text === undefined ? {} : { RESPONDER_SETTINGS: text });

test('what the stack writes is read back as it was', () => {
  const settings = exampleSettings();
  expect(read(JSON.stringify(settings))()).toEqual(settings);
});

test('every mistake is told at once, each with its place', () => {
  const { region: _, ...settings } = exampleSettings();
  const wrong = {
    ...settings,
    pace: { ...settings.pace, poll: 0, jobLimit: '45 min' },
    ledger: { ...settings.ledger, tls: 'maybe', port: 99_999 },
    colour: 'blue',
  };
  let message = '';
  try {
    read(JSON.stringify(wrong))();
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(
    /^Correct RESPONDER_SETTINGS and deployment\.json, which the stack writes; nothing was done\./,
  );
  expect(message.match(/^✖/gm)).toHaveLength(6);
  expect(message).toContain('✖ Too small: expected number to be >=1; got 0\n  → at pace.poll');
  for (const place of ['region', 'pace.poll', 'pace.jobLimit', 'ledger.tls', 'ledger.port', 'colour']) {
    expect(message).toContain(place);
  }
});

test.each([
  ['nothing', undefined, /is not set.*deploy with CDK/],
  ['no JSON', '{region: us-east-1}', /RESPONDER_SETTINGS is no JSON/],
  ['no object', '42', /RESPONDER_SETTINGS.*Invalid input: expected object; got 42/s],
])('%s is refused in words that help', (_name, text, words) => {
  expect(read(text)).toThrow(words);
});
