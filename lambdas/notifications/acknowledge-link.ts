import type { Recipient } from '../domain/people.ts';
import type { Settings } from '../platform/settings.ts';
import { linkKey } from './link-key.ts';
import { signToken } from './acknowledge-token.ts';

/** Makes the links that acknowledge an episode. */
export interface Links {
  /**
   * A page with one button, for whoever reads that topic.
   * @throws when the key cannot be had
   */
  to(which: { incident: string; episode: number; recipient: Recipient }, now: Date): Promise<string>;
}

/** Where the page is: the stack tells those functions that write messages. */
const ADDRESS = 'ACKNOWLEDGE_URL';

/** @returns undefined in a function that was told of no page: its messages then give the command alone */
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
      url.searchParams.set('t', signToken({ ...which, expires }, await key()));
      return url.href;
    },
  };
}
