import type { PublishCommandInput, SNS } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import * as z from 'zod';
import { CHAT_LENGTHS } from '../../lambdas/notifications/chat.ts';
import {
  attributesOf,
  bodyOf,
  createNotifier,
  messageOf,
  subjectOf,
  type Notification,
} from '../../lambdas/notifications/notify.ts';
import { SMS_LENGTH, smsOf } from '../../lambdas/notifications/sms.ts';

describe('a subject', () => {
  it.each([
    ['run cur-freshness: resolved', 'run cur-freshness: resolved'],
    ['Rückstand – „teuer“ … und  mehr\r\nBcc: x', 'Ruckstand - "teuer" ... und mehr Bcc: x'],
    ['警報', '??'],
    ['\n\t ', '(no subject)'],
    [
      'SEV-2 ESCALATED cur-freshness 2026-11: since 2026-11-23T14:06:00.000Z AWS delivers late',
      'SEV-2 ESCALATED cur-freshness 2026-11: since 23 Nov 2026 14:06 UTC...',
    ],
  ])('%j becomes %j', (text, subject) => expect(subjectOf(text)).toBe(subject));

  it('is always one that SNS takes: printable ASCII on one line, at most 70 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(subjectOf(text)).toMatch(/^[!-~]([ -~]{0,68}[!-~])?$/);
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

it('publishes to the topic, with a text for each channel', async () => {
  const sent: PublishCommandInput[] = [];
  const client = {
    publish: async (input: PublishCommandInput) => sent.push(input),
  } as unknown as SNS;
  const topic = 'arn:aws:sns:us-east-1:012345678901:sre';
  await createNotifier(async () => client)(topic, { event: 'failed', subject: 'a\nb', body: 'text' });
  expect(sent).toEqual([
    {
      TopicArn: topic,
      Subject: 'a b',
      Message: sent[0]?.Message,
      MessageStructure: 'json',
      MessageAttributes: { event: { DataType: 'String', StringValue: 'failed' } },
    },
  ]);
  expect(JSON.parse(sent[0]?.Message ?? '')).toMatchObject({ default: 'text', sms: 'a b' });
});

/** As the guide of Amazon Q Developer in chat applications has it; what it does not know is refused. */
const Text = z.string().min(1);
const Custom = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  id: Text.optional(),
  content: z.strictObject({
    textType: z.literal('client-markdown').optional(),
    title: Text.max(CHAT_LENGTHS.title).optional(),
    description: Text.max(CHAT_LENGTHS.description),
    nextSteps: z.array(Text.max(CHAT_LENGTHS.step)).optional(),
    keywords: z.array(Text).optional(),
  }),
  metadata: z
    .strictObject({
      threadId: Text.optional(),
      summary: Text.max(CHAT_LENGTHS.summary).optional(),
      eventType: Text.optional(),
      relatedResources: z.array(Text).optional(),
      additionalContext: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

const asking: Notification = {
  event: 'escalated',
  subject: 'SEV-2 ESCALATED cur-freshness 2026-11: AWS has delivered nothing for 2026-11 since the 19th',
  body: 'ESCALATED: cur-freshness\nOr open: https://x.example/?t=a.b\nLog: <!channel> & more',
  incident: {
    id: 'INC-cur-freshness-20261123T140600-21722724b4ce',
    run: 'cur-freshness-20261123T140600-21722724b4ce',
    severity: 'SEV-2',
    about: 'cur-freshness 2026-11',
    title: 'costs are 4.3 days old',
    number: 41,
    says: 'AWS has delivered nothing for 2026-11 since the 19th',
    resources: ['s3://bucket/evidence/r/'],
  },
  asks: {
    what: 'acknowledge',
    by: '2026-11-23T15:06:00.000Z',
    episode: 1,
    link: 'https://x.example/?t=a.b',
    commands: ['npm run respond -- ack INC-cur-freshness-20261123T140600-21722724b4ce'],
  },
};
const partsOf = (message: Notification) =>
  z
    .strictObject({ default: z.string(), sms: z.string(), https: z.string() })
    .parse(JSON.parse(messageOf(message)));

it('gives programs and filters of SNS event, incident, run and severity as attributes', () => {
  const texts = Object.entries(attributesOf(asking)).map(([name, value]) => [name, value.StringValue]);
  expect(Object.fromEntries(texts)).toEqual({
    event: 'escalated',
    incident: asking.incident?.id,
    run: asking.incident?.run,
    severity: 'SEV-2',
  });
});

describe('a text message', () => {
  it('says how bad, what is wrong, what is asked, by when and where, in one of 160 letters', () => {
    expect(smsOf(asking)).toBe(
      'SEV-2 INC-41 Costs are 4.3 days old: AWS has delivered nothing for 2026-11 since the 19th. Acknowledge by 23 Nov 15:06 UTC: https://x.example/?t=a.b',
    );
    const { asks: _asks, ...told } = asking;
    expect(smsOf(told)).toMatch(/^SEV-2 INC-41 Costs are 4.3 days old: AWS has/);
    expect(smsOf({ event: 'unrecognised', subject: '\u0007', body: '' })).not.toBe('');
    expect(smsOf({ event: 'unrecognised', subject: 'unrecognised message: [x]', body: '' })).toBe(
      'unrecognised message: (x)',
    );
  });

  it('keeps what is asked when what it is about is long', () => {
    const title = 'tag coverage is low '.repeat(20);
    const text = smsOf({ ...asking, incident: { ...asking.incident!, title } });
    expect(text).toMatch(/\.\.\.\. Acknowledge by 23 Nov 15:06 UTC: https:\S+$/);
    expect(text.length).toBeLessThanOrEqual(SMS_LENGTH);
  });

  it('is always of letters that telephones know, and never longer', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(anything, anything, fc.boolean(), (subject, about, whole) => {
        const text = smsOf({
          event: 'failed',
          subject,
          body: '',
          ...(whole && {
            asks: asking.asks!,
            incident: { ...asking.incident!, about, title: about, says: subject },
          }),
        });
        expect(text).toMatch(/^[^[\]{}\\^~|`]*$/);
        expect(text).toMatch(/^[ -~]{0,160}$/);
      }),
    );
  });
});

describe('a chat message', () => {
  it('is what Amazon Q Developer shows: one thread an incident, and nobody is mentioned by a log line', () => {
    const chat = Custom.parse(JSON.parse(partsOf(asking).https));
    expect(chat).toMatchObject({
      content: {
        title: asking.subject,
        description: 'ESCALATED: cur-freshness\nLog: &lt;!channel&gt; &amp; more',
        nextSteps: [
          'acknowledge by 23 Nov 2026 15:06 UTC',
          'https://x.example/?t=a.b',
          '`npm run respond -- ack INC-cur-freshness-20261123T140600-21722724b4ce`',
        ],
      },
      metadata: {
        threadId: asking.incident?.id,
        eventType: 'responder.escalated',
        relatedResources: ['s3://bucket/evidence/r/'],
        additionalContext: { severity: 'SEV-2', episode: '1', by: '23 Nov 2026 15:06 UTC' },
      },
    });
  });

  it.each<readonly [line: string, kept: string]>([
    ['Or open: https://x.example/?t=a.b', ''],
    ['Acknowledge by 23 Nov 2026, 15:06 UTC: https://x.example/?t=a.b', ''],
    ['  npm run respond -- ack INC-cur-freshness-20261123T140600-21722724b4ce', ''],
    ['https://x.example/?t=a.b', ''],
    ...[
      'The page https://x.example/?t=a.b has the evidence of 23 Nov.',
      'Evidence: https://e.example/1 Or open: https://x.example/?t=a.b',
      'Files are missing; the list is here: https://x.example/?t=a.b',
      'Another page: https://x.example/?t=a.bc',
      'npm run respond -- ack INC-cur-freshness-20261123T140600-21722724b4ce --note "3 files are missing"',
      'npm run respond -- ack INC-cur-freshness-20261123T140600-21722724b4ce2',
    ].map((line): [string, string] => [line, line]),
  ])('leaves out a line only if it repeats a next step: %s', (line, kept) => {
    const { content } = Custom.parse(
      JSON.parse(partsOf({ ...asking, body: `before\n${line}\nafter` }).https),
    );
    expect(content.description).toBe(['before', ...(kept === '' ? [] : [kept]), 'after'].join('\n'));
  });

  it('fits whatever it is made of', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 4_000 });
    fc.assert(
      fc.property(anything, anything, (subject, body) => {
        expect(
          Custom.safeParse(JSON.parse(partsOf({ ...asking, subject, body }).https)).error,
        ).toBeUndefined();
      }),
    );
  });
});

it.each([
  ['letters', 'x'],
  ['letters that JSON spells out', '\u0001'],
  ['lines', '\n'],
  ['big letters', '€'],
  ['pairs', '😀'],
])('all texts together fit into what SNS takes, of %s', (_what, letter) => {
  const text = messageOf({ ...asking, body: letter.repeat(300_000) });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
  const { default: letterText } = partsOf({ ...asking, body: letter.repeat(300_000) });
  expect(letterText).toMatch(/\[cut: the whole text has \d+ bytes\]$/);
  expect(letterText.length).toBeGreaterThan(35_000);
});
