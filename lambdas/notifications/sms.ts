import { moment, readable } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';
import type { Notification } from './notification.ts';
import { asciiOf } from './subject.ts';

/** One SMS holds 140 bytes; more are sent as several, in no guaranteed order. */
export const SMS_LENGTH = 140;

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

/** What happened, what to do, by when: for somebody woken by it. */
export function smsOf({ event, subject, incident, asks }: Notification): string {
  if (!incident) return cut(gsm(readable(subject)), SMS_LENGTH);
  const asked = asks ? `: ${asks.what}${asks.by === undefined ? '' : ` by ${moment(asks.by)}`}` : '';
  const head = `${incident.severity} ${incident.about}`;
  const end = gsm(`, ${event}${asked}`);
  const text = `${cut(gsm(head), SMS_LENGTH - end.length)}${end}`;
  const room = SMS_LENGTH - text.length - 2;
  // A few characters of a reason say nothing.
  return room < 20 ? cut(text, SMS_LENGTH) : `${text}. ${cut(gsm(readable(incident.says)), room)}`;
}

const gsm = (text: string): string =>
  asciiOf(text).replaceAll(/[[\]{}\\^~|`]/g, (one) => REPLACED[one] ?? ' ');

/** The SMS alphabet has no ellipsis. */
const cut = (text: string, most: number): string => shortened(text, most, '...');
