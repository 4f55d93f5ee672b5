import { createHmac } from 'node:crypto';
import { recent } from '../../../lambdas/platform/once.ts';
import {
  looksLikeToken,
  readToken,
  signToken,
  type Link,
} from '../../../lambdas/notifications/acknowledge-token.ts';

const KEY = 'k'.repeat(64);
const now = new Date('2026-11-23T14:00:00Z');
const seconds = Math.floor(now.getTime() / 1_000);
const link: Link = { incident: 'INC-x-1', episode: 2, recipient: 'sre', expires: seconds + 3_600 };
const token = signToken(link, KEY);
const forged = { good: false, fault: 'forged' };

/** As whoever has the key could sign it, and our own code never does. */
const signed = (payload: object): string => {
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
  const signature = createHmac('sha256', KEY).update(`responder-acknowledge/1.${text}`).digest('base64url');
  return `${text}.${signature}`;
};

test('a token says what it is good for, and holds no more than a link does', () => {
  expect(readToken(token, KEY, now)).toEqual({ good: true, link });
  expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
  expect(token.length).toBeLessThan(250);
});

test('whichever of its letters is changed, it is refused', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
  for (let i = 0; i < token.length; i++)
    for (const letter of letters) {
      if (letter === token[i]) continue;
      const changed = token.slice(0, i) + letter + token.slice(i + 1);
      if (readToken(changed, KEY, now).good) throw new Error(`taken: ${changed}, changed at ${i}`);
    }
});

test('cut, lengthened, swapped or of another key, it is refused', () => {
  const other = signToken({ ...link, incident: 'INC-y-1' }, KEY);
  const [payload = '', signature = ''] = token.split('.');
  const [otherPayload = ''] = other.split('.');
  for (const wrong of [
    '',
    '.',
    payload,
    `${payload}.`,
    `.${signature}`,
    `${token}A`,
    `${token}=`,
    `A${token}`,
    `${token}\n`,
    `${otherPayload}.${signature}`,
    `${token}.${signature}`,
    `${'A'.repeat(2_000)}.${signature}`,
  ]) {
    expect(readToken(wrong, KEY, now)).toEqual(forged);
  }
  expect(looksLikeToken(`${'A'.repeat(2_000)}.${signature}`)).toBe(false);
});

test('of another key, it says so, and is refused; one that names ours without being signed by it is forged', () => {
  const other = signToken(link, `${KEY}x`);
  expect(readToken(other, KEY, now)).toEqual({ good: false, fault: 'other-key' });
  const [payload = ''] = token.split('.');
  const [, signature = ''] = other.split('.');
  expect(readToken(`${payload}.${signature}`, KEY, now)).toEqual(forged);
});

test('a secret is read again when it is older than accepted, and a failure is not kept', async () => {
  let at = 0;
  let reads = 0;
  let away = false;
  const read = recent(
    async () => {
      if (away) throw new Error('away');
      return (reads += 1);
    },
    () => at,
  );
  expect([await read(300_000), await read(5_000)]).toEqual([1, 1]);
  at = 5_000;
  expect([await read(300_000), await read(5_000), await read(5_000)]).toEqual([1, 2, 2]);
  at = 305_000;
  away = true;
  await expect(read(300_000)).rejects.toThrow('away');
  away = false;
  expect(await read(300_000)).toBe(3);
});

test('it is good until its second, and no longer', () => {
  const at = (ms: number) => readToken(token, KEY, new Date(link.expires * 1_000 + ms));
  expect(at(-1)).toEqual({ good: true, link });
  expect(at(0)).toEqual({ good: false, fault: 'expired', link });
  expect(at(86_400_000)).toEqual({ good: false, fault: 'expired', link });
});

test.each([
  ['another version', { v: 2, ...link }],
  ['no version', link],
  ['more than it should', { v: 1, ...link, admin: true }],
  ['a stranger as recipient', { v: 1, ...link, recipient: 'everybody' }],
  ['a fraction of an episode', { v: 1, ...link, episode: 1.5 }],
])('%s, although well signed, is refused', (_what, payload) => {
  expect(readToken(signed({ v: 1, ...link }), KEY, now)).toEqual({ good: true, link });
  expect(readToken(signed(payload), KEY, now)).toEqual(forged);
});
