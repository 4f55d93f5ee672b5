import { oneLine, printable, withoutMarkdown } from '../domain/foreign-text.ts';
import { moment, readable, shortIncident } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';
import type { Notification } from './notification.ts';

/**
 * A custom notification of Amazon Q Developer in chat applications: the only form that it shows of our
 * messages. AWS names no lengths; these are what Slack shows without folding or refusing.
 */
export interface ChatNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps?: readonly string[];
    readonly keywords?: readonly string[];
  };
  readonly metadata: {
    /** Messages of one thread. */
    readonly threadId?: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources?: readonly string[];
    readonly additionalContext?: Readonly<Record<string, string>>;
  };
}

export const CHAT_LENGTHS = { title: 250, description: 2_900, step: 1_200, summary: 250 } as const;

export function chatOf(message: Notification): ChatNotification {
  const { event, subject, incident, asks } = message;
  const steps = stepsOf(asks);
  const title = oneLine(readable(subject)).replaceAll(/\s+/g, ' ').trim() || '(no subject)';
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: shown(withoutMarkdown(title), CHAT_LENGTHS.title),
      description:
        shown(withoutMarkdown(printable(descriptionOf(message))), CHAT_LENGTHS.description) || '(no text)',
      ...(steps.length > 0 && { nextSteps: steps.map((step) => shown(step, CHAT_LENGTHS.step)) }),
      ...(incident && {
        keywords: [
          event,
          incident.severity,
          ...(incident.number === undefined ? [] : [shortIncident(incident.number)]),
          incident.about,
        ].map((word) => shown(withoutMarkdown(oneLine(word)), 100)),
      }),
    },
    metadata: {
      ...(incident && { threadId: incident.id }),
      summary: shown(withoutMarkdown(title), CHAT_LENGTHS.summary),
      eventType: `responder.${event}`,
      ...(incident?.resources && { relatedResources: incident.resources }),
      ...(incident && {
        additionalContext: {
          incident: incident.id,
          severity: incident.severity,
          ...(asks?.episode !== undefined && { episode: String(asks.episode) }),
          ...(asks?.by !== undefined && { by: moment(asks.by) }),
        },
      }),
    },
  };
}

/**
 * The e-mail's text, without lines that only repeat a next step: its link or command, alone or after a
 * label. A line that says anything else stays as it is.
 */
function descriptionOf({ body, asks }: Notification): string {
  const parts = [...(asks?.commands ?? []), ...(asks?.link === undefined ? [] : [asks.link])];
  const repeats = (line: string, part: string): boolean =>
    line.endsWith(part) && /^\s*$|^[^.;]*:\s+$/.test(line.slice(0, -part.length).replaceAll('://', '.'));
  const lines = body.split('\n').filter((line) => !parts.some((part) => repeats(line, part)));
  return lines.join('\n');
}

function stepsOf(asks: Notification['asks']): string[] {
  if (!asks) return [];
  return [
    `${asks.what}${asks.by === undefined ? '' : ` by ${moment(asks.by)}`}`,
    ...(asks.link === undefined ? [] : [asks.link]),
    ...asks.commands.map((line) => `\`${oneLine(line).replaceAll('`', "'")}\``),
  ];
}

/**
 * Chat reads `<…>` as a mention or link: a log line with `<!channel>` must wake nobody. Cut before
 * escaping, so that no entity is split.
 */
function shown(text: string, length: number): string {
  const escaped = (one: string): string =>
    one.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  for (let room = length; ; room -= Math.max(1, escaped(shortened(text, room)).length - length)) {
    const result = escaped(shortened(text, room));
    if (result.length <= length) return result;
  }
}
