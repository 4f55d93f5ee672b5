import fc from 'fast-check';
import { redacted, redacting, removedFrom } from '../../lambdas/record/redaction.ts';

const redact = redacting(['payer', 'payer_name']);

const letters = (of: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...of), { minLength: min, maxLength: max }).map((all) => all.join(''));
const WORD = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const DIGITS = '0123456789';

/** Check digits of ISO 13616. */
const iban = letters(DIGITS, 18, 18).map((account) => {
  const rest = BigInt(`${account}131400`) % 97n;
  return `DE${String(98n - rest).padStart(2, '0')}${account}`;
});
const card = letters(DIGITS, 14, 14).map((digits) => {
  const body = `4${digits}`;
  const check = [...Array(10).keys()].find((last) => luhn(`${body}${last}`)) ?? 0;
  return `${body}${check}`;
});
const luhn = (digits: string): boolean => {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const value = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? value : value * 2 > 9 ? value * 2 - 9 : value * 2;
  }
  return sum % 10 === 0;
};
const inFours = (text: string): string => text.replaceAll(/(.{4})(?=.)/g, '$1 ');

/** A secret, and how a line has it. */
const SECRETS: Readonly<Record<string, fc.Arbitrary<readonly [secret: string, line: string]>>> = {
  'connection string': letters(WORD, 6, 30).map((s) => [
    s,
    `connect postgres://app:${s}@db.example:5432/x failed`,
  ]),
  password: letters(`${WORD}!$%`, 6, 30).map((s) => [s, `password=${s}`]),
  'password in JSON': letters(WORD, 6, 30).map((s) => [s, `{"level":"error","dbPassword": "${s}","n":1}`]),
  'password in JSON in JSON': letters(WORD, 6, 30).map((s) => [
    s,
    JSON.stringify({ message: JSON.stringify({ password: s }) }),
  ]),
  'secret in a query': letters(WORD, 6, 30).map((s) => [s, `GET /x?api_key=${s}&page=2`]),
  bearer: letters(`${WORD}._-`, 12, 60).map((s) => [s, `Authorization: Bearer ${s}`]),
  jwt: letters(WORD, 12, 40).map((s) => [s, `got eyJhbGciOiJIUzI1NiJ9.${s}.c2ln for it`]),
  'AWS key': letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 16).map((s) => [s, `as AKIA${s} denied`]),
  'AWS secret': letters(WORD, 40, 40).map((s) => [s, `AWS_SECRET_ACCESS_KEY=${s}`]),
  iban: iban.map((s) => [s, `transfer from ${s} booked`]),
  'iban in fours': iban.map((s) => [inFours(s), `transfer from ${inFours(s)} BOOKED`]),
  card: card.map((s) => [s, `card ${s} declined`]),
  'card in fours': card.map((s) => [inFours(s), `card ${inFours(s)}, declined`]),
  'e-mail address': letters(WORD, 6, 20).map((s) => [s, `mail to ${s}@example.com bounced`]),
  'name of a person': letters(WORD, 6, 12).map((s) => [s, `payer_name=Jane ${s} invoice=INV-1`]),
  'name in JSON': letters(WORD, 6, 12).map((s) => [s, `{"payer":"Jane ${s}","invoice":"INV-1"}`]),
};

test.each(Object.entries(SECRETS))('no line keeps its %s, wherever it is in it', (_kind, secrets) => {
  const around = fc.array(
    fc.oneof(fc.constantFrom(' ', '\n', 'ERROR', '{"a":1}'), fc.string({ maxLength: 20 })),
    {
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(secrets, around, around, ([secret, line], before, after) => {
      const kept = redact(`${before.join(' ')} ${line} ${after.join(' ')}`);
      expect(kept).not.toContain(secret);
      expect(Object.values(removedFrom(kept)).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
    }),
  );
});

test.each([
  'START RequestId: 8f5d8c3e-4f0b-4a7e-9d6c-0a1b2c3d4e5f Version: $LATEST',
  'ERROR AccessDenied: User: arn:aws:sts::012345678901:assumed-role/cur-ingest-prod/run is not authorized to perform s3:GetObject on arn:aws:s3:::cur-bucket/2026-11/x.snappy.parquet',
  'PAYMENT_MISMATCH INV-2026-11-TEN-7 paid 268.46 of 270.00 USD at 2026-11-23T14:06:00.000Z (1795442760000)',
  'Task timed out after 900.00 seconds; 3 retries, tokens: none left',
  'settled pay_7Kq2 for TEN-1, order 4111111111111112',
])('an ordinary line stays as it is: %s', (line) => {
  expect(redact(line)).toBe(line);
  expect(removedFrom(line)).toEqual({});
});

test('redacted twice is redacted once, and each kind is counted', () => {
  const line = redact('password=a1b2c3 api_key=x9y8z7 for kim@example.com');
  expect(line).toBe('password=[removed: secret] api_key=[removed: secret] for [removed: e-mail address]');
  expect(redact(line)).toBe(line);
  expect(removedFrom(line)).toEqual({ secret: 2, 'e-mail address': 1 });
});

test('rows of any shape: texts in them, and members that are named as secrets are', () => {
  const at = new Date(0);
  expect(
    redacted(
      [{ error: 'mail kim@example.com', n: 1, at, env: { DB_PASSWORD: 'x', MODE: 'live' } }, null],
      redact,
    ),
  ).toEqual([
    {
      error: 'mail [removed: e-mail address]',
      n: 1,
      at,
      env: { DB_PASSWORD: '[removed: secret]', MODE: 'live' },
    },
    null,
  ]);
});

test('a long line takes no longer than its length', () => {
  for (const part of ['a', '1', '"', 'password', 'A1', 'eyJ', 'x@', '://a:', '\\"', '4 ', '-----BEGIN KEY']) {
    // Of this process alone: how busy the machine is does not count.
    const before = process.cpuUsage();
    redact(part.repeat(Math.ceil(200_000 / part.length)));
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  }
});
