import { isUtf8 } from 'node:buffer';
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/*
 * Signed notes as c2sp.org/signed-note has them, with Ed25519: the text, an empty line, and a line
 * `— <name> <base64 of key id and signature>` of each signer. Programs of others verify them, too.
 */

/** Signs in the name of one log. */
export interface NoteSigner {
  /** Without blanks and plus signs. */
  readonly name: string;
  /** Each key as `<name>+<key id>+<base64>`: for people who verify. The first is the current one. */
  readonly keys: readonly string[];
  /** @param text ends with a newline; signed with each key */
  sign(text: string): string;
}

const ED25519 = 1;
const NEWLINE = 10;
const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');

/** @param seeds 32 bytes each; the first key and those before it, while they are replaced */
export function noteSigner(name: string, seeds: readonly Uint8Array[]): NoteSigner {
  const signers = seeds.map((seed) => {
    const key = createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: 'der', type: 'pkcs8' });
    const encoded = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(PUBLIC.length);
    return { key, encoded };
  });
  return {
    name,
    keys: signers.map(
      ({ encoded }) =>
        `${name}+${idOf(name, encoded).toString('hex')}+${Buffer.from([ED25519, ...encoded]).toString('base64')}`,
    ),
    sign: (text) =>
      `${text}\n${signers
        .map(({ key, encoded }) =>
          lineOf(name, Buffer.concat([idOf(name, encoded), sign(null, Buffer.from(text), key)])),
        )
        .join('')}`,
  };
}

/**
 * The text of a note that one of these keys has signed, and no known key otherwise.
 * @returns undefined for everything else, and for a note that is written in other bytes
 */
export function openNote(note: Uint8Array | string, keys: readonly string[]): string | undefined {
  // A view, no copy: one of a day that lists all chains may be large.
  const whole =
    typeof note === 'string' ? Buffer.from(note) : Buffer.from(note.buffer, note.byteOffset, note.byteLength);
  const end = whole.lastIndexOf('\n\n');
  if (end < 0 || whole.at(-1) !== NEWLINE || !isUtf8(whole)) return undefined;
  const signedBytes = whole.subarray(0, end + 1);
  const known = keys.map(readKey);
  let signed = 0;
  for (const line of whole.toString('utf8', end + 2, whole.length - 1).split('\n')) {
    const [, name = '', base64 = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    if (name === '' || `${line}\n` !== lineOf(name, bytes)) return undefined;
    const key = known.find((one) => one.name === name && one.id.equals(bytes.subarray(0, 4)));
    if (!key) continue;
    if (!verify(null, signedBytes, key.key, bytes.subarray(4))) return undefined;
    signed++;
  }
  return signed > 0 ? signedBytes.toString() : undefined;
}

/** @throws when it is no key of a note, with what is wanted */
export function readKey(vkey: string): {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
} {
  const [, name = '', hex = '', base64 = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey) ?? [];
  const [algorithm, ...encoded] = Buffer.from(base64, 'base64');
  const id = Buffer.from(hex, 'hex');
  if (algorithm !== ED25519 || encoded.length !== 32 || !idOf(name, Buffer.from(encoded)).equals(id))
    throw new Error(
      `"${vkey.slice(0, 200)}" is no key of a signed note; wanted <name>+<8 hex digits>+<base64>, with Ed25519`,
    );
  const key = createPublicKey({
    key: Buffer.concat([PUBLIC, Buffer.from(encoded)]),
    format: 'der',
    type: 'spki',
  });
  return { name, id, key };
}

const lineOf = (name: string, bytes: Uint8Array): string =>
  `— ${name} ${Buffer.from(bytes).toString('base64')}\n`;

const idOf = (name: string, encoded: Uint8Array): Buffer =>
  createHash('sha256')
    .update(name)
    .update('\n')
    .update(Buffer.of(ED25519))
    .update(encoded)
    .digest()
    .subarray(0, 4);
