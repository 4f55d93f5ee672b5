import { moment, readable, sentence, shortIncident } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';
import type { Asks, Notification } from './notification.ts';
import { asciiOf, wholeThought } from './subject.ts';

/** One SMS holds 140 bytes, which are 160 of GSM's characters; more are sent as several, in no guaranteed order. */
export const SMS_LENGTH = 160;

/** ASCII that the SMS alphabet (GSM 03.38) does not have, or counts as two. */
const REPLACED: Readonly<Record<string, string>> = {
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
  '\\': '/',
  '^': ' ',
  '~': '-',
  '|': '/',
  '`': "'",
};

/** What is wrong, what to do, by when, and a link: for somebody woken by it. */
export function smsOf({ event, subject, incident, asks }: Notification): string {
  // SNS refuses an empty text, for every channel at once.
  if (!incident) return cut(gsm(readable(subject)), SMS_LENGTH) || '(no text)';
  const { severity, number, title, says } = incident;
  const end = asks ? gsm(`. ${askedBy(asks)}`) : '';
  const room = SMS_LENGTH - end.length;
  const named = number === undefined ? severity : `${severity} ${shortIncident(number)}`;
  const news = QUIET.includes(event) ? '' : `${event.toUpperCase()} `;
  const head = cut(gsm(`${named} ${news}${sentence(readable(title))}`), room);
  const thought = wholeThought(gsm(readable(says)), room - head.length - 2);
  return cut(`${head}${thought === undefined ? '' : `: ${thought}`}${end}`, SMS_LENGTH);
}

/** That the fault stands is the news itself. */
const QUIET: readonly string[] = [
  'escalated',
  'called',
  'refused',
  'rehearsed',
  'ineffective',
  'inconclusive',
];

/** `Acknowledge by 23 Nov 15:06 UTC: https://…` */
function askedBy({ what, by, link, shortLink, commands }: Asks): string {
  const until = by === undefined ? '' : ` by ${moment(by).replace(/ \d{4} /, ' ')}`;
  const [command = ''] = commands;
  const way = shortLink ?? (link !== undefined && link.length < 60 ? link : undefined);
  const how = way ?? (command.length < 50 ? command : '');
  return `${sentence(what)}${until}${how === '' ? '' : `: ${how}`}`;
}

const gsm = (text: string): string =>
  asciiOf(text).replaceAll(/[[\]{}\\^~|`]/g, (one) => REPLACED[one] ?? ' ');

/** The SMS alphabet has no ellipsis. */
const cut = (text: string, most: number): string => shortened(text, most, '...');
