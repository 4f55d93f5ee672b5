import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../lambdas/platform/canonical-json.ts';
import { matching } from '../../../emulator/test/support/matching.ts';
import { scratchDir } from '../../../emulator/test/support/scratch.ts';
import { bootWorld } from '../../support/world.ts';
import { orders } from '../../commands/orders.ts';
import { factsIn, referencesIn, sourcesIn, uncited } from './reading.ts';

/** A real incident, drafted by the deployed escalation, completed and signed by commands that people type. */

const world = bootWorld({ settled: true }, orders);
const folder = scratchDir();
let incident: string;
let draft: string;

const file = async (text: string): Promise<string> => {
  const name = path.join(folder, 'postmortem.md');
  await writeFile(name, text);
  return name;
};
const sign = async (text: string, who: 'sre-one' | 'sre-two' = 'sre-one') =>
  world.give(who, 'sign-postmortem', incident, '--file', await file(text));
const shown = () => world.give('sre-two', 'postmortem', incident);
const bucket = (): string => world.outputs['RecordBucket'] ?? '';
const objects = (prefix: string): string[] => world.services.s3.list(bucket(), prefix).map(({ key }) => key);
const row = async () => {
  const { rows } = await world.pool.query<Record<string, unknown>>(
    'select prefix, signed_at, signed_by, signed_sha256 from responder.postmortem where incident_id = $1',
    [incident],
  );
  return rows[0];
};

/** As a person does it. */
const completed = (): string =>
  draft
    .replace(/\[TO COMPLETE: one action[^\n]*\n/, '')
    .replace('| --- | --- | --- |', '| --- | --- | --- |\n| cover it by a drill | ada | 2026-12-01 |')
    .replaceAll(/^\[TO COMPLETE: [^\n]*\]$/gm, 'It was as the record says.');

test('before it is resolved there is nothing to show or to sign', async () => {
  incident = 'INC-nobody';
  expect(await shown()).toMatchObject({
    ok: false,
    text: matching(/^there is no incident "INC-nobody" on record; /),
  });
  expect(await sign('x')).toMatchObject({ ok: false, text: matching(/not signed: there is no incident/) });

  await world.breakBy('recon-failed-outright');
  await world.until('a run', async () => (await world.runs('recon-failed')).length > 0);
  incident = (await world.run((await world.runs('recon-failed'))[0] ?? '')).incident;
  expect(await shown()).toMatchObject({
    ok: false,
    text: `${incident} is not resolved yet: the draft is made once it is.`,
  });
  expect(await sign('x')).toMatchObject({
    ok: false,
    text: matching(/is not resolved yet; its draft follows/),
  });
});

test('the escalation drafts it when the incident is resolved; every fact of a real run is cited', async () => {
  expect(await world.ended((await world.runs('recon-failed'))[0] ?? '')).toMatchObject({
    outcome: 'resolved',
  });
  await world.until('the draft', async () => (await row()) !== undefined, 30);
  const answer = await shown();
  expect(answer).toMatchObject({
    ok: true,
    text: matching(/drafted +\d+ Nov 2026 \d\d:\d\d UTC\nsigned +not yet\ndocument +s3:\/\/\S+\/draft\.md\n/),
  });
  draft = (answer.data as { markdown: string }).markdown;
  expect(answer.text.endsWith(draft)).toBe(true);
  const facts = factsIn(draft);
  expect(facts.length).toBeGreaterThan(30);
  expect(facts.flatMap((one) => uncited(one, sourcesIn(draft)) ?? [])).toEqual([]);
  expect(draft).toMatch(/- Decided: act on row "/);
  const prefix = String((await row())?.['prefix']);
  for (const to of referencesIn(draft)) expect(objects(prefix)).toContain(`${prefix}${to}`);
  expect(objects(`${prefix}sql/`).length).toBeGreaterThan(10);
});

/** `jsonb` keeps no order of the keys within a cell. */
const ordered = (row: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(row).map(([column, cell]) => [
      column,
      cell !== undefined && /^(?:\[[{\]]|\{)/.test(cell) ? canonicalJson(JSON.parse(cell)) : cell,
    ]),
  );

test('its exports are the evidence as the ledger has it, cell by cell', async () => {
  const prefix = String((await row())?.['prefix']);
  const { rows } = await world.pool.query<{ key: string; rows: Record<string, unknown>[] }>(
    `select run_id || '/' || key as key, rows from responder.evidence join responder.run using (run_id)
     where incident_id = $1 and source in ('ledger', 'athena') and row_count between 1 and 100`,
    [incident],
  );
  expect(rows.length).toBeGreaterThan(5);
  for (const one of rows) {
    const { id = '' } =
      [...sourcesIn(draft).values()].find(({ line }) => line.includes(`\`${one.key}\``)) ?? {};
    const name = objects(prefix).find(
      (key) => key.startsWith(`${prefix}sql/${id.slice(1)}-`) && key.endsWith('.csv'),
    );
    const csv = (await world.services.s3.get(bucket(), name ?? '')).toString('utf8');
    const [header = [], ...cells] = csvRows(csv);
    const read = cells.map((row) => Object.fromEntries(header.map((column, i) => [column, row[i]])));
    const told = one.rows.map((row, i) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          read[i]?.[column] === '[withheld]' ? '[withheld]' : cellOf(value),
        ]),
      ),
    );
    expect([one.key, read.map(ordered)]).toEqual([one.key, told.map(ordered)]);
  }
});

test.each([
  [
    'blanks that are left',
    () => draft,
    /4 things in the document.*"Root cause, confirmed" is not completed.*"Actions" is not completed/s,
  ],
  [
    'a section without a word',
    () => completed().replace(/## Lessons\n\n[^\n]+/, '## Lessons\n'),
    /1 things.*"Lessons" says nothing/s,
  ],
  [
    'a section that is gone',
    () => completed().replace('## Lessons', '## What we think'),
    /section "Lessons" is gone: put its heading back/,
  ],
  [
    'an action that nobody owns',
    () => completed().replace('| ada |', '| |'),
    /has no row with an owner and a date/,
  ],
  ['an action without a date', () => completed().replace('2026-12-01', 'soon'), /owner and a date, as in \|/],
  [
    'a fact that was taken out',
    () => completed().replace(/^- \d runs? worked[^\n]*\n/m, ''),
    /1 things.*A\d+: the record's line was removed or altered; put back: - \d runs? worked/s,
  ],
  [
    'a figure that was altered',
    () => completed().replace(/- \*\*Time to repair: /, '- **Time to repair: about '),
    /A\d+, A\d+: the record's line was removed or altered/,
  ],
  [
    'a citation of another hash',
    () => completed().replace(/(## What happened[^]*?hash )\w{4}/, '$10000'),
    /removed or altered.*is no citation of the draft: cite as it does/s,
  ],
  [
    'a source that was taken out',
    () => completed().replace(/^- \*\*E1\*\*[^\n]*\n/m, ''),
    /E1: the record's line was removed/,
  ],
  [
    'a citation that was made up',
    () => completed().replace('as the record says', 'as I say [E999: mine]'),
    /\[E999: mine\] is no citation of the draft/,
  ],
  [
    'a text that is no document',
    () => 'x'.repeat(1_000_000),
    /things in the document must be fixed:.*and \d+ more/s,
  ],
])('refuses %s, and keeps nothing', async (_what, document, why) => {
  const { ok, text } = await sign(document());
  expect(text).toMatch(/^the postmortem of INC-\S+ is not signed: /);
  expect(text).toMatch(why);
  expect(ok).toBe(false);
  expect(await row()).toMatchObject({ signed_at: null });
  expect(objects(String((await row())?.['prefix'])).filter((key) => key.endsWith('/postmortem.md'))).toEqual(
    [],
  );
});

test('a file that cannot be read, or is too large, is not sent', async () => {
  await expect(world.give('sre-one', 'sign-postmortem', incident, '--file', '/nowhere/x.md')).rejects.toThrow(
    /--file \/nowhere\/x\.md cannot be read \(ENOENT.*; wanted a text file/,
  );
  await expect(sign('ä'.repeat(500_001))).rejects.toThrow(/has 1000002 bytes; wanted at most 1000000/);
  expect(await world.give('sre-one', 'sign-postmortem', incident)).toMatchObject({
    ok: false,
    text: matching(/is not signed: wanted either --file with the completed text, or --agree/),
  });
});

test('what an interrupted signing has left is signed by the same text, and by no other', async () => {
  const key = `${String((await row())?.['prefix'])}postmortem.md`;
  const { s3 } = world.services;
  await s3.put(bucket(), key, Buffer.from('somebody else’s words'));
  expect(await sign(completed())).toMatchObject({
    ok: false,
    text: matching(
      /not signed: another document lies at s3:\/\/\S+\/postmortem\.md, whose signing did not finish/,
    ),
  });
  expect((await s3.get(bucket(), key)).toString('utf8')).toBe('somebody else’s words');
  // The next test's own text, as if it had been interrupted there.
  await s3.put(bucket(), key, Buffer.from(completed().replaceAll('\n', '\r\n')));
});

test('signed, it lies beside the draft as it was sent, on record and audited, and the escalation hears of it', async () => {
  const document = completed().replaceAll('\n', '\r\n');
  // It waits for the signature, and looks as soon as it comes.
  const looks = (): number =>
    world.services.lambda
      .executionsOf('responder-escalation')
      .flatMap(({ operations }) => operations)
      .filter(({ name, status }) => name?.startsWith('look-') && status === 'SUCCEEDED').length;
  const before = looks();
  const answer = await sign(document);
  const sha256 = createHash('sha256').update(document).digest('hex');
  const prefix = String((await row())?.['prefix']);
  expect(answer).toMatchObject({
    ok: true,
    text: `the postmortem of ${incident} is signed by sre-one: s3://${bucket()}/${prefix}postmortem.md, SHA-256 ${sha256}.`,
  });
  expect((await world.services.s3.get(bucket(), `${prefix}postmortem.md`)).toString('utf8')).toBe(document);
  expect(await row()).toMatchObject({ signed_by: 'sre-one', signed_sha256: sha256 });
  const { rows } = await world.pool.query<{ body: string }>(
    `select body from responder.audit where chain = $1 and kind = 'postmortem.signed'`,
    [incident],
  );
  expect(rows.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { episode: 1, by: 'sre-one', key: `${prefix}postmortem.md`, sha256 },
  ]);
  expect((await world.audited()).at(-1)).toMatchObject({
    action: 'responder.sign-postmortem',
    actor_id: 'sre-one',
    object_type: 'incident',
    object_id: incident,
  });
  await world.until('another look', () => looks() > before, 1);
  expect((await shown()).text).toMatch(
    /signed +\d+ Nov 2026 \d\d:\d\d UTC by \S+\ndocument +s3:\/\/\S+\/postmortem\.md\n/,
  );
});

test('a signed document stays as it is, whoever signs it again', async () => {
  const prefix = String((await row())?.['prefix']);
  const before = (await world.services.s3.get(bucket(), `${prefix}postmortem.md`)).toString('utf8');
  expect(await sign(completed(), 'sre-two')).toMatchObject({
    ok: false,
    text: matching(/sre-one signed it at 2026-11-.*, and a signed document stays as it is/),
  });
  expect((await world.services.s3.get(bucket(), `${prefix}postmortem.md`)).toString('utf8')).toBe(before);
});

/** As a reader by RFC 4180 takes it apart. */
function csvRows(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
