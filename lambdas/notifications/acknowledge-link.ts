import type { Recipient } from '../domain/people.ts';
import type { Settings } from '../platform/settings.ts';
import { linkKey } from './link-key.ts';
import { signToken } from './acknowledge-token.ts';

export interface Links {
  /** A page with one button, for that topic's readers. @throws when the key cannot be read */
  to(which: { incident: string; episode: number; recipient: Recipient }, now: Date): Promise<string>;
}

/** The page's address, set by the stack for functions that write messages. */
const ADDRESS = 'ACKNOWLEDGE_URL';

/** @returns undefined in a function without a page: its messages then give only the command */
export function createLinks(
  settings: Pick<Settings, 'linkKey' | 'people'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Links | undefined {
  const address = env[ADDRESS];
  if (address === undefined || address === '') return undefined;
  const key = linkKey(settings);
  return {
    async to(which, now) {
      const expires = Math.floor(now.getTime() / 1_000) + settings.people.linkHours * 3_600;
      const url = new URL(address);
      url.searchParams.set('t', signToken({ ...which, expires }, await key('at once')));
      return url.href;
    },
  };
}
