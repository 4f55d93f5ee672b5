import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { bodyOf, createNotifier, subjectOf } from '../../lambdas/notify/notify.ts';

describe('a subject', () => {
  it.each([
    ['run cur-freshness: resolved', 'run cur-freshness: resolved'],
    ['Rückstand – „teuer“ … und  mehr\r\nBcc: x', 'Ruckstand - "teuer" ... und mehr Bcc: x'],
    ['警報', '??'],
    ['\n\t ', '(no subject)'],
  ])('%j becomes %j', (text, subject) => expect(subjectOf(text)).toBe(subject));

  it('is always one that SNS takes: printable ASCII on one line, less than 100 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(subjectOf(text)).toMatch(/^[!-~]([ -~]{0,97}[!-~])?$/);
      }),
    );
  });
});

describe('a body', () => {
  it('is never empty, and cut between characters below the limit of SNS', () => {
    expect(bodyOf('')).toBe('(no text)');
    expect(bodyOf('as it is')).toBe('as it is');
    const long = bodyOf('€'.repeat(200_000));
    expect(Buffer.byteLength(long)).toBeLessThan(256 * 1024);
    expect(long).toMatch(/^€+\n\n\[cut: the whole text has 600000 bytes\]$/);
  });
});

it('publishes both to the topic', async () => {
  const sent: unknown[] = [];
  const client = {
    send: async (command: PublishCommand) => sent.push(command.input),
  } as unknown as SNSClient;
  await createNotifier(async () => client)('arn:aws:sns:us-east-1:012345678901:sre', {
    subject: 'a\nb',
    body: 'text',
  });
  expect(sent).toEqual([
    { TopicArn: 'arn:aws:sns:us-east-1:012345678901:sre', Subject: 'a b', Message: 'text' },
  ]);
});
