import type { Dice } from './dice.ts';

/** Texts that something downstream may take for more than text. */
export const NASTY = [
  '',
  ' ',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;script&gt;',
  'one\r\nBcc: all@example.com',
  'one\nTo: all@example.com',
  '\u0000\u0007\u001b[2J',
  '\u202egnp.exe',
  '\ud800',
  '${jndi:ldap://x}',
  '{{constructor}}',
  "'; drop table responder.run; --",
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  '1e400',
  '0x10',
  '2026-13-45',
  '2026-02-30T25:61:61Z',
  'a'.repeat(5_000),
  '\u{1f525}'.repeat(300),
  '['.repeat(2_000),
] as const;

const LEAVES: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  0.1,
  Number.MAX_SAFE_INTEGER,
  1e308,
  Number.NaN,
  [],
  {},
  [[]],
  [null],
  { length: 3 },
  { toString: 1 },
  new Date(0),
  new Date(Number.NaN),
  Buffer.from('bytes'),
];

/** Any value: a leaf of a wrong type, a nasty text, or a small tree of them. */
export function anything(dice: Dice, depth = 0): unknown {
  const kind = dice.whole(0, depth > 2 ? 1 : 3);
  if (kind === 0) return dice.of(NASTY);
  if (kind === 1) return dice.of(LEAVES);
  if (kind === 2) return Array.from({ length: dice.whole(0, 4) }, () => anything(dice, depth + 1));
  return Object.fromEntries(
    Array.from({ length: dice.whole(0, 4) }, () => [dice.of(NASTY).slice(0, 20), anything(dice, depth + 1)]),
  );
}

/** The same with one to three things changed: of its shape there is enough left to come far. */
export function mutated(dice: Dice, value: unknown): unknown {
  let changed = value;
  for (let i = dice.whole(1, 3); i > 0; i--) changed = once(dice, changed);
  return changed;
}

function once(dice: Dice, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    if (items.length === 0 || dice.chance(0.15))
      return dice.of([[...items, anything(dice)], [...items, ...items], []]);
    const at = dice.whole(0, items.length - 1);
    return items.map((item, i) => (i === at ? once(dice, item) : item));
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value);
    if (entries.length === 0 || dice.chance(0.2))
      return { ...value, [dice.of(NASTY).slice(0, 20)]: anything(dice) };
    const at = dice.whole(0, entries.length - 1);
    if (dice.chance(0.15)) return Object.fromEntries(entries.filter((_, i) => i !== at));
    return Object.fromEntries(
      entries.map(([key, member], i) => [key, i === at ? once(dice, member) : member]),
    );
  }
  if (typeof value === 'string') return mutatedText(dice, value);
  return anything(dice, 2);
}

/** A JSON text inside another one is changed inside, too. */
function mutatedText(dice: Dice, text: string): unknown {
  if (/^[{[]/.test(text) && dice.chance(0.7)) {
    try {
      return JSON.stringify(once(dice, JSON.parse(text)));
    } catch {
      // It is no JSON: it is changed as any text.
    }
  }
  const at = dice.whole(0, text.length);
  switch (dice.whole(0, 4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + dice.of(NASTY) + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(dice.whole(0, 0xffff)) + text.slice(at + 1);
    case 3:
      return dice.of(NASTY);
    default:
      return anything(dice, 2);
  }
}

/** As it arrives where JSON is all that can: `undefined` is gone, a date is a text. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
