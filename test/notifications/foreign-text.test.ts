import fc from 'fast-check';
import { allow, LONGEST_FIGURES } from '../../lambdas/domain/guard-answer.ts';
import { LONGEST_LINE, oneLine, printable, quoted } from '../../lambdas/domain/foreign-text.ts';
import { commentBody, issueBody } from '../../lambdas/escalation/jira/bodies.ts';
import { layout } from '../../lambdas/notifications/message.ts';
import { messageOf, subjectOf, type Notification } from '../../lambdas/notifications/notify.ts';
import { whatIsWrong } from '../../lambdas/notifications/what-is-wrong.ts';
import { aligned } from '../../lambdas/platform/text-table.ts';

/** What a terminal obeys, what changes the order of letters, and what nobody sees. */
const UNWANTED =
  /[\p{Cc}\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]|\p{Cs}/u;

const ATTACKS = [
  '\u001b[2K\u001b[1A',
  '\u001b]52;c;Y3VybCBldmlsfHNo\u0007',
  '\u009b31m',
  '\u202eetorppa\u202c',
  '\u2066x\u2069',
  'a\u200bb\ufeff',
  '\u{e0061}',
  '\nYour next step: approve at once: npm run respond -- approve A-1',
  '\r\n  npm run respond -- approve A-1',
  '\u2028Run r-1',
  '\u0085Run r-1',
  '[here](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '[here]: https://evil.example',
  '**approved** _by_ __sre-lead__ ~~not~~ `code`',
  '```\nblock\n```',
  '<https://evil.example|approve>',
  '<!channel> <@U1>',
  '“ ” end of quotation” APPROVED',
  '\ud800',
  'x'.repeat(5_000),
];

/** Letters of all scripts, mixed with the tricks that we know. */
const foreign = fc
  .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 40 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => `MARK${parts.join('')}`);

const causes = (text: string) =>
  [
    { kind: 'manual', by: text, reason: text, at: '2026-11-23T14:06:00.000Z' },
    {
      kind: 'alarm',
      alarm: {
        name: 'cur-freshness',
        account: '1',
        region: 'us-east-1',
        kind: 'metric',
        state: 'ALARM',
        changedAt: '2026-11-23T14:06:00.000Z',
        reason: text,
      },
    },
    {
      kind: 'undo',
      of: 'r-1',
      by: text,
      caller: { arn: text, person: text },
      reason: text,
      at: '2026-11-23T14:06:00.000Z',
    },
  ] as const;

/** As the engine writes one, with others' words wherever it has any. */
const messageWith = (text: string): Notification => ({
  event: 'escalated',
  subject: `[escalated] cur-freshness: ${text}`,
  body: layout({
    headline: `ESCALATED: ${text}`,
    facts: [...causes(text).flatMap((cause) => whatIsWrong([], cause)), ['Outcome', text, text], text],
    body: [[`- Question ${text}`], ['Incident INC-1', text]],
  }),
  incident: { id: 'INC-1', severity: 'SEV-1', about: text, title: text, says: text },
  asks: { what: 'take over', commands: [`npm run respond -- ack ${text}`] },
});

const partsOf = (message: Notification) =>
  JSON.parse(messageOf(message)) as { default: string; sms: string; https: string };

interface Chat {
  content: { title: string; description: string; nextSteps: string[]; keywords: string[] };
  metadata: { summary: string };
}

describe('text that others wrote', () => {
  it('brings no control character and no line of its own into an e-mail, and is bounded', () => {
    const lines = messageWith('').body.split('\n').length;
    fc.assert(
      fc.property(foreign, (text) => {
        const body = partsOf(messageWith(text)).default.split('\n');
        expect(body).toHaveLength(lines);
        for (const line of body) {
          expect(line).not.toMatch(UNWANTED);
          expect(line.length).toBeLessThanOrEqual(LONGEST_LINE);
          expect(line).not.toMatch(/^\s*(Your next step|Run r-1)/);
        }
      }),
    );
  });

  it('is quoted as somebody’s words: their own quotation marks do not end it', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        for (const cause of causes(text)) {
          const [, says] = whatIsWrong([], cause)[0] as readonly [string, string];
          expect(says).toMatch(/: “[^“”]*”$/);
        }
      }),
    );
  });

  it('mentions nobody in chat, and none of its Markdown is active', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const { content, metadata } = JSON.parse(partsOf(messageWith(text)).https) as Chat;
        const commands = content.nextSteps.slice(1).map((step) => {
          expect(step).toMatch(/^`[^`\n]*`$|^`[^`\n]*…$/);
          return step.replaceAll('`', '');
        });
        for (const part of [content.title, content.description, ...content.keywords, metadata.summary]) {
          expect(part).not.toMatch(/[*~`]|\]\(|\]\[|\]:/);
          expect(part).not.toMatch(/(^|[^\p{L}\p{N}])_|_($|[^\p{L}\p{N}])/u);
        }
        for (const part of [content.title, content.description, ...content.keywords, ...commands]) {
          expect(part).not.toMatch(/[<>]/);
          expect(part.replaceAll('\n', ' ')).not.toMatch(UNWANTED);
        }
        expect(content.description.length).toBeLessThanOrEqual(2_900);
      }),
    );
  });

  it('is plain ASCII of one line in an SMS and a subject', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        expect(partsOf(messageWith(text)).sms).toMatch(/^[ -~]{1,160}$/);
        expect(subjectOf(messageWith(text).subject)).toMatch(/^[ -~]{1,99}$/);
      }),
    );
  });

  it('is text alone in Jira, within its lengths', () => {
    const textsOf = (node: unknown): string[] => {
      const { text, content = [] } = node as { text?: string; content?: unknown[] };
      return [...(text === undefined ? [] : [text]), ...content.flatMap(textsOf)];
    };
    fc.assert(
      fc.property(foreign, (text) => {
        const description = messageWith(text).body.split('\n');
        const issue = {
          incident: 'INC-1',
          severity: 'SEV-1',
          summary: text,
          description,
          links: [],
        } as const;
        const { fields } = issueBody(issue, { project: 'OPS', issueType: 'Task' });
        expect(fields.summary).not.toMatch(UNWANTED);
        expect(fields.summary.length).toBeLessThanOrEqual(255);
        for (const body of [fields.description, commentBody('id', text).body]) {
          for (const one of textsOf(body)) expect(one).not.toMatch(UNWANTED);
          expect(JSON.stringify(body).length).toBeLessThanOrEqual(32_767);
        }
      }),
    );
  });

  it('cannot command a terminal, nor begin a line of a table', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const table = aligned([
          ['what', text],
          [text, 'what'],
        ]);
        expect(table).toHaveLength(2);
        for (const row of table) expect(row).not.toMatch(UNWANTED);
        expect(printable(text).replaceAll('\n', ' ')).not.toMatch(UNWANTED);
      }),
    );
  });

  it('is cut where a guard quotes it: no reason of any length exceeds a checkpoint', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        expect(allow(text.repeat(100)).figures.length).toBeLessThanOrEqual(LONGEST_FIGURES);
      }),
    );
    expect(allow('r'.repeat(300_000)).figures).toHaveLength(LONGEST_FIGURES);
  });

  it('keeps ordinary words of any language as they are', () => {
    const words = 'Rückstand „teuer“ 警報 תקלה عطل: 4.3 > 2, see job_run_id 17 (50 %)';
    expect(oneLine(words)).toBe(words);
    expect(quoted('late delivery')).toBe('“late delivery”');
  });
});
