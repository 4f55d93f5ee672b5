import { createHash } from 'node:crypto';
import { guards } from '../../../lambdas/engine/guards/all.ts';
import { PREVENTION_RULES } from '../../../lambdas/reporting/postmortem/prevention-rules.ts';
import { fact, type Source } from '../../../lambdas/reporting/postmortem/source.ts';
import { draftPostmortem, type Drafted } from '../../../lambdas/reporting/postmortem/store.ts';
import { signPostmortem } from '../../../lambdas/reporting/postmortem/sign.ts';
import { closeIncident } from '../../../lambdas/record/incidents.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { seedRun } from '../daily-report/seed.ts';
import { matching } from '../../../emulator/test/support/matching.ts';
import { minute } from '../../support/runs.ts';
import { factsIn, referencesIn, sourcesIn, uncited } from './reading.ts';
import { bootStoredRecord, RECORD } from '../../support/stored-record.ts';
import { draftsOf, pastIncident, QUERY, ROWS, secondEpisode } from './past-incident.ts';

const record = bootStoredRecord();
const { drafting, keysIn, textOf } = draftsOf(record);
let incident: string;
let drafted: Drafted;
let markdown: string;
let html: string;
beforeAll(async () => {
  incident = await pastIncident(record);
  drafted = await draftPostmortem(drafting(incident));
  markdown = await textOf(`${drafted.prefix}draft.md`);
  html = await textOf(`${drafted.prefix}draft.html`);
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('lies under the day of resolution and the incident, and is on record with its hash', async () => {
  expect(drafted).toEqual({ prefix: `ops/postmortems/2026-11-23/${incident}/`, sha256: sha256(markdown) });
  const { rows } = await record.ledger.admin.query(
    'select prefix, draft_sha256, drafted_at, signed_at from responder.postmortem where incident_id = $1',
    [incident],
  );
  expect(rows).toEqual([
    {
      prefix: drafted.prefix,
      draft_sha256: drafted.sha256,
      drafted_at: new Date(minute(100)),
      signed_at: null,
    },
  ]);
  const { rows: entries } = await record.ledger.admin.query<{ body: string }>(
    `select body from responder.audit where chain = $1 and kind = 'postmortem.drafted'`,
    [incident],
  );
  expect(entries.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { episode: 1, key: `${drafted.prefix}draft.md`, sha256: drafted.sha256 },
  ]);
});

describe('every statement of fact', () => {
  test('cites a source of the list at the end, by id and hash', () => {
    const sources = sourcesIn(markdown);
    const facts = factsIn(markdown);
    expect(facts.length).toBeGreaterThan(30);
    expect(facts.flatMap((one) => uncited(one, sources) ?? [])).toEqual([]);
  });

  test('is found out when it does not: a line without, a wrong hash, a source that is not there', () => {
    const sources = sourcesIn(markdown);
    const [first = ''] = factsIn(markdown);
    expect(uncited('- All went well', sources)).toMatch(/no citation/);
    expect(uncited(first.replace(/hash [0-9a-f]{12}/, 'hash 000000000000'), sources)).toMatch(
      /not the source's hash/,
    );
    expect(uncited(first.replace(/\[A\d+/, '[A999'), sources)).toMatch(/A999 is not among the sources/);
  });

  test('cannot be made without one', () => {
    // @ts-expect-error a fact needs a source
    expect(() => fact('All went well')).not.toThrow();
    const one = { text: 'All went well', sources: [{ id: 'A1' } as Source] as const };
    // @ts-expect-error nor can anybody make one by hand
    const made: ReturnType<typeof fact> = one;
    expect(made).toBe(one);
  });

  test('rests on what is on record: the hashes are the ledger’s, and the sealed record lies beside the draft', async () => {
    const { rows } = await record.ledger.admin.query<{ hash: string; place: string }>(
      `select sha256 as hash, run_id || '/' || key as place from responder.evidence
       union all select hash, chain from responder.audit where kind not like 'postmortem.d%'`,
    );
    const sources = [...sourcesIn(markdown).values()];
    expect(sources.map(({ hash }) => hash).sort()).toEqual(rows.map(({ hash }) => hash).sort());
    for (const { hash, place } of rows)
      expect(sources.some((one) => one.hash === hash && one.line.includes(`\`${place}\``))).toBe(true);
    for (const { line } of sources.filter(({ id }) => id.startsWith('E'))) {
      const [, key = ''] = /bucket at `([^`]+)`/.exec(line) ?? [];
      expect(keysIn('evidence/')).toContain(key);
    }
    expect(markdown).toContain(`record.json, sha256 ${sha256(await textOf(`${drafted.prefix}record.json`))}`);
  });
});

const momentOf = (line: string): number => Date.parse(`${/^.*?\d\d:\d\d:\d\d/.exec(line)?.[0] ?? ''} UTC`);

test('tells the timeline to the second, from alarm to closing, each moment as it is on record', () => {
  const lines = markdown
    .slice(markdown.indexOf('## Timeline'), markdown.indexOf('## Root cause'))
    .split('\n');
  const told = lines.flatMap(
    (line) => /^- \*\*(.{16,20}) UTC\*\* (.*?) \[/.exec(line)?.slice(1, 3).join(' ') ?? [],
  );
  expect(told).toEqual([...told].sort((a, b) => momentOf(a) - momentOf(b)));
  for (const line of [
    '23 Nov 2026 14:00:00 Alarm cur-freshness went to ALARM: Threshold Crossed',
    `23 Nov 2026 14:00:00 Incident opened as SEV-2 by run r-one of cur-freshness`,
    '23 Nov 2026 14:00:30 Sent: SEV-2/rung-1 to sre',
    '23 Nov 2026 14:02:30 cur-freshness, act:1:start-ingestion: start Glue job cur_ingest_prod for 2026-11: jr_1 (began 30 seconds before)',
    '23 Nov 2026 14:40:00 cur-freshness, verify:measure: not healthy: no answer: timed out (began 1 minute before)',
    '23 Nov 2026 15:05:00 Acknowledged by sre-one (command)',
    `23 Nov 2026 15:35:00 Incident resolved by r-two: freshness 1.2 d (limit 2 d); alarm cur-freshness is OK`,
  ])
    expect(told).toContain(line);
});

test('names the cause as it was decided on, with the finding and its evidence', () => {
  const section = markdown.slice(markdown.indexOf('## Root cause, as'), markdown.indexOf('## What worked'));
  expect(section).toMatch(
    /- Decided: act on row "failed-before", by run r-one of cur-freshness, period 2026-11 \[A\d+: /,
  );
  expect(section).toMatch(/- The row reads: the last ingestion failed, .*; then: load the period \[A/);
  expect(section).toMatch(
    /- What do both copies hold\? usage of 2026-11-19, 4\.6 d old \[E1: r-one\/before\/cost-copies\/1 sha256 \w+…\] \[E2: /,
  );
  expect(section).toMatch(/- Decided the same afterwards: r-two \[A/);
});

test('gives impact in figures that are the ledger’s own', async () => {
  const { rows } = await record.ledger.admin.query<Record<string, string>>(
    `select extract(epoch from acknowledged_at - opened_at)::int::text as "Time to acknowledge",
       extract(epoch from closed_at - opened_at)::int::text as "Time to repair",
       (select sum((effect ->> 'rows')::int)::text from responder.run where claimed_at is not null) as "Rows, at most",
       (select sum((effect ->> 'usd')::numeric)::text from responder.run where claimed_at is not null) as "USD, at most"
     from responder.episode`,
  );
  const figures = Object.fromEntries(
    [...html.matchAll(/data-label="([^"]+)" data-figure="([^"]+)"/g)].map(
      ([, label = '', figure = '']): [string, string] => [label, figure],
    ),
  );
  expect(figures).toMatchObject(rows[0] ?? {});
  expect(figures).toMatchObject({ 'Tenants, at most': '2', 'Time to first action': '120', Duration: '5700' });
  expect(markdown).toContain(
    '- **Time to acknowledge: 1 hour 5 minutes**: opened at 23 Nov 2026 14:00:00 UTC',
  );
});

test('begins with one paragraph in words: what found it, what was done, who was called, how it ended', () => {
  const [paragraph = ''] = markdown.split('## What happened\n\n').at(1)?.split('\n') ?? [];
  expect(paragraph).toMatch(
    /^At 23 Nov 2026 14:00 UTC the alarm cur-freshness went off: .* The responder acted 2 times: one after the other it did not help and repaired it\. Called: sre \(23 Nov 2026 14:00 UTC\).*; sre-one acknowledged it after 1 hour 5 minutes\. It was over at 23 Nov 2026 15:35:00 UTC, 1 hour 35 minutes after it was opened, closed by r-two\. \[A/,
  );
});

test('cites in raised numbers on the page, whose hashes are in the list of sources', () => {
  const [body = '', sources = ''] = html.split('id="sources"');
  expect(body.match(/<sup><a href="#[EA]\d+"/g)?.length).toBeGreaterThan(30);
  expect(body.replaceAll(/<[^>]*>/g, '')).not.toMatch(/\b[0-9a-f]{12}…/);
  expect(sources).toMatch(/<code>[0-9a-f]{64}<\/code>/);
});

test('says what worked, what did not, and what prevention the record speaks for', () => {
  const part = (from: string, to: string) => markdown.slice(markdown.indexOf(from), markdown.indexOf(to));
  expect(part('## What worked', '## What did not')).toMatch(
    /Run r-two .* ended resolved: .*\n- .*start-ingestion succeeded \(SUCCEEDED\)/,
  );
  const failed = part('## What did not', '## Who was notified');
  for (const line of [
    /Run r-one of cur-freshness, period 2026-11 ended ineffective: the plan/,
    /Guard cooldown refused run r-one before acting: acted 12 min ago/,
    /Sent 4 minutes late: SEV-2\/rung-2 to lead: the topic did not answer/,
    /It took 3 tries: SEV-2\/rung-2 to lead/,
    /Not sent: joined\/1 to sre: nobody has confirmed a subscription/,
    /Nobody acknowledged SEV-2\/rung-1 in its time/,
    // By what the record says of the delivery, whatever the words are.
    /run r-one, notify:finops: whatever is said here/,
    /run r-one, notify:sre:late: it was tried 12 times/,
  ])
    expect(failed).toMatch(line);
  expect(failed).not.toMatch(/only a subject/);
  const prevention = part('## Prevention', '## Root cause, confirmed');
  expect(prevention).toMatch(
    /nightly load .* \(derived from row "failed-before" of cur-freshness\) \[A\d+: .*\] \[A\d+: /,
  );
  expect(prevention).toMatch(/decision table .* \(derived from a run that ended ineffective\)/);
  expect(prevention).toMatch(/duty rota/);
});

test('rules of prevention speak of guards that there are', () => {
  for (const { from } of PREVENTION_RULES) {
    if ('guard' in from) expect(guards.map(({ name }) => name).concat('ledger')).toContain(from.guard);
  }
});

test('what the record quotes stays text: no citation, markup or blank can be smuggled in', () => {
  expect(markdown).toContain('and &lt;nothing&gt; is \\[E1: in\\] its way');
  expect(html).toContain('and &lt;nothing&gt; is [E1: in] its way');
  expect(markdown.match(/(?<![\\`])\[TO COMPLETE/g)).toHaveLength(4);
});

test('names no tenant beyond tenant_id and plan_code, in no file', async () => {
  for (const key of keysIn()) expect([key, await textOf(key)]).not.toEqual([key, matching(/Acme/)]);
  expect(html).toContain('TEN-00123');
});

describe('exports of what was asked in SQL', () => {
  test('are the evidence’s rows, and nothing that a spreadsheet would run', async () => {
    expect(await textOf(`${drafted.prefix}sql/1-cost-copies.csv`)).toBe(
      [
        'tenant_id,plan_code,variance_usd,description',
        'TEN-00123,pro,-12.5,[withheld]',
        `'=cmd(),,7,[withheld]`,
        '"TEN,4","a""b","",',
        '',
      ].join('\r\n'),
    );
    expect(ROWS).toHaveLength(3);
    expect(markdown).toMatch(/\*\*E1\*\*.*Withheld in the rows: description, which can name a tenant/);
  });

  test('have the query beside them, with parameters and hash', async () => {
    const sql = await textOf(`${drafted.prefix}sql/1-cost-copies.sql`);
    const { rows } = await record.ledger.admin.query<{ sha256: string }>(
      `select sha256 from responder.evidence where run_id = 'r-one' and key = 'before/cost-copies/1'`,
    );
    expect(sql).toContain(`-- sha256 ${rows[0]?.sha256}, over`);
    expect(sql).toContain(`-- parameter $1 = "${minute(1)}"\n-- parameter $2 = "[withheld]"\n`);
    expect(sql.endsWith(`\n\n${QUERY}\n`)).toBe(true);
  });

  test('are there for each SQL source, and every reference of page and Markdown resolves', () => {
    const keys = new Set(keysIn());
    expect([...keys].filter((key) => key.includes('/sql/'))).toHaveLength(8);
    const anchors = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `#${id ?? ''}`));
    const references = [...referencesIn(markdown), ...referencesIn(html)];
    expect(references.length).toBeGreaterThan(20);
    const broken = references.filter(
      (to) => !(to.startsWith('#') ? anchors.has(to) : keys.has(`${drafted.prefix}${to}`)),
    );
    expect(broken).toEqual([]);
  });
});

describe('drafting again', () => {
  test('answers the draft that is on record, and writes nothing', async () => {
    const before = keysIn();
    expect(await draftPostmortem(drafting(incident, 1, minute(500)))).toEqual(drafted);
    expect(keysIn()).toEqual(before);
  });

  test('after a crash between objects and row finds the same draft by its content', async () => {
    await record.ledger.admin.query('delete from responder.postmortem');
    expect(await draftPostmortem(drafting(incident, 1, minute(600)))).toEqual(drafted);
    expect(keysIn().filter((key) => key.includes('draft-2'))).toEqual([]);
  });

  test('on another record becomes draft-2, with rows and record of its own; what lies there stays', async () => {
    await record.buckets.put(RECORD, `${drafted.prefix}postmortem.md`, Buffer.from('a person’s words'));
    await record.ledger.admin.query(`delete from responder.postmortem;
      update responder.told set why = 'nobody knows' where severity = 'SEV-2' and level = 2`);
    const second = await draftPostmortem(drafting(incident));
    expect(second.sha256).not.toBe(drafted.sha256);
    expect(await textOf(`${drafted.prefix}draft.md`)).toBe(markdown);
    expect(await textOf(`${drafted.prefix}postmortem.md`)).toBe('a person’s words');
    const other = await textOf(`${drafted.prefix}draft-2.md`);
    expect(sha256(other)).toBe(second.sha256);
    const keys = keysIn();
    for (const to of referencesIn(other)) expect(keys).toContain(`${drafted.prefix}${to}`);
    expect(referencesIn(other)).toContain('sql-2/1-cost-copies.csv');
  });
});

describe('on a record of its own', () => {
  const fresh = bootStoredRecord({ each: true });
  const own = draftsOf(fresh);

  test('evidence whose body is lacking or altered is exported from the ledger, and says so', async () => {
    const incident = await pastIncident(fresh);
    await fresh.buckets.delete(RECORD, 'evidence/r-one/before.json');
    const altered = (await own.textOf('evidence/r-two/before.json')).replace('TEN-00123', 'TEN-99999');
    await fresh.buckets.put(RECORD, 'evidence/r-two/before.json', Buffer.from(altered));
    const { prefix } = await draftPostmortem(own.drafting(incident));
    const text = await own.textOf(`${prefix}draft.md`);
    expect(text).toMatch(/\*\*E1\*\*.*Its body is not in the bucket: 3 of 3 rows are the ledger’s excerpt/);
    expect(text).toMatch(/\*\*E4\*\*.*Its body in the bucket does not have this hash/);
    for (const n of [1, 4])
      expect(await own.textOf(`${prefix}sql/${n}-cost-copies.csv`)).toMatch(
        /pro,TEN-00123,\[withheld\],-12\.5/,
      );
  });

  const signing = (incident: string, document?: string) =>
    signPostmortem({
      pool: fresh.ledger.responder,
      s3: fresh.s3,
      bucket: RECORD,
      incident,
      episode: undefined,
      document,
      order: {
        caller: { arn: 'arn:aws:iam::012345678901:user/sre-one', person: 'sre-one' },
        action: 'responder.sign-postmortem',
        at: minute(120),
        why: 'agreed with the record',
        object: { type: 'incident', id: incident },
      },
    });

  test('a SEV-2 that the machine repaired within minutes asks for one word; its amounts are proven, not foreseen', async () => {
    const quick = { run: 'quick-1', playbook: 'invoice-lag', severity: 'SEV-2', at: 0, end: 10 } as const;
    await seedRun(fresh.ledger.responder, { ...quick, usd: '1184.56', claimed: true });
    const { prefix } = await draftPostmortem(own.drafting('INC-quick-1'));
    const text = await own.textOf(`${prefix}draft.md`);
    expect(text).toContain('npm run respond -- sign-postmortem INC-quick-1 --agree`');
    expect(text).toContain(
      '- **USD: 1184.56**: 1184.56 USD were charged, settled or distributed again, as carried out by the plan, and proven',
    );
    // The alarm of 14:00 measured 4.6 hours.
    expect(text).toContain('- **Fault of the business: 4 hours 46 minutes**');
    expect(text).toContain('- **Time to detect: 4 hours 36 minutes**');
    expect(await signing('INC-quick-1')).toMatchObject({ done: true, episode: 1 });
    const signed = await own.textOf(`${prefix}postmortem.md`);
    expect(signed).toContain('As the record says it: sre-one agrees.');
    expect(signed).not.toContain('[TO COMPLETE: one action');
  });

  test.each([
    ['people repaired', { outcome: 'escalated' as const, end: 10 }],
    ['took longer', { outcome: 'resolved' as const, end: 40 }],
    ['is of a higher severity', { outcome: 'resolved' as const, end: 10, severity: 'SEV-1' as const }],
  ])('one that %s is completed by people', async (_what, change) => {
    const run = {
      run: 'slow-1',
      playbook: 'invoice-lag',
      severity: 'SEV-2' as const,
      at: 0,
      claimed: true,
      usd: '1.00',
    };
    await seedRun(fresh.ledger.responder, { ...run, ...change });
    await transaction(fresh.ledger.responder, (client) =>
      closeIncident(client, 'INC-slow-1', { by: { person: 'sre-two' }, at: minute(60), why: 'by hand' }),
    );
    const { prefix } = await draftPostmortem(own.drafting('INC-slow-1'));
    expect(await own.textOf(`${prefix}draft.md`)).not.toContain('--agree');
    expect(await signing('INC-slow-1')).toMatchObject({
      done: false,
      why: matching(/only a SEV-2 that the machine/),
    });
  });

  test('each episode has a postmortem of its own; an open one has none', async () => {
    const incident = await pastIncident(fresh);
    const first = await draftPostmortem(own.drafting(incident));
    await secondEpisode(fresh);
    const second = await draftPostmortem(own.drafting(incident, 2, minute(300)));
    expect(second.prefix).toBe(`${first.prefix}episode-2/`);
    const text = await own.textOf(`${second.prefix}draft.md`);
    expect(text).toMatch(/^# Postmortem of INC-r-one, episode 2$/m);
    expect(text).toMatch(/Incident came back, as SEV-2, by run r-back/);
    expect(text).toMatch(/Incident resolved by sre-two: repaired by hand/);
    expect(text).not.toMatch(/r-two|resolved by r-/);
    expect(factsIn(text).flatMap((one) => uncited(one, sourcesIn(text)) ?? [])).toEqual([]);
    await expect(draftPostmortem(own.drafting(incident, 3))).rejects.toThrow(
      /no episode 3 of incident INC-r-one/,
    );
    await fresh.ledger.admin.query(`update responder.episode set closed_at = null where episode = 2;
      delete from responder.postmortem where episode = 2`);
    await expect(draftPostmortem(own.drafting(incident, 2))).rejects.toThrow(
      /still open.*once it is resolved/,
    );
  });
});
