import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { bootLedger } from '../support/ledger.ts';

/** Rows as they were written before migration 007, and what they are after it. */

const ledger = bootLedger({ migrated: false });
beforeAll(async () => {
  await migrate(ledger.responder, migrations.slice(0, 6));
  await ledger.responder.query(OLD);
  expect(await migrate(ledger.responder, migrations)).toContain(7);
});

const OLD = `
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at)
values ('r-1', 'INC-r-1', 'p', '', '{}', 'live', '{}', '2026-11-23Z');
insert into responder.incident (incident_id, playbook, target_key, target, severity, opened_at, opened_by_run, closed_at, closed_by_run)
values ('INC-r-1', 'p', '', '{}', 'SEV-2', '2026-11-23Z', 'r-1', '2026-11-24Z', 'sre-one');
insert into responder.episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since, severity_by, closed_at, closed_by)
values ('INC-r-1', 1, '2026-11-20Z', 'r-1', 'SEV-2', '2026-11-20Z', 'opening', '2026-11-21Z', 'r-1'),
       ('INC-r-1', 2, '2026-11-21Z', 'r-1', 'SEV-2', '2026-11-22Z', 'persistence', '2026-11-22Z', 'sre-one'),
       ('INC-r-1', 3, '2026-11-23Z', 'r-1', 'SEV-2', '2026-11-23Z', 'r-1', null, null);
insert into responder.told (incident_id, episode, what, recipient, due_at, told_at, confirmed, tries, tried_at, why)
values ('INC-r-1', 1, 'SEV-2/rung-1', 'sre', '2026-11-20Z', '2026-11-20Z', 1, 1, '2026-11-20Z', 'told by run r-1'),
       ('INC-r-1', 1, 'SEV-2/rung-12', 'lead', '2026-11-20Z', null, null, 2, '2026-11-20Z', 'first tried at noon: throttled'),
       ('INC-r-1', 1, 'joined/3', 'sre', '2026-11-20Z', '2026-11-20Z', 1, 1, '2026-11-20Z', null),
       ('INC-r-1', 1, 'postmortem-late', 'lead', '2026-11-20Z', null, 0, 1, '2026-11-20Z', null),
       ('INC-r-1', 1, 'jira-comment', 'jira', '2026-11-20Z', '2026-11-20Z', null, 1, '2026-11-20Z', null);
insert into responder.step (run_id, name, seq, started_at, ended_at, tell, detail)
values ('r-1', 'notify:sre', 1, '2026-11-23Z', '2026-11-23Z', 'told: [failed] nobody was told: a subject', 'null'),
       ('r-1', 'notify:finops', 2, '2026-11-23Z', '2026-11-23Z', E'nobody was told: Acme Corp\\ntimed out', 'null'),
       ('r-1', 'notify:sre:late', 3, '2026-11-23Z', '2026-11-23Z', 'told, late: a subject', 'null'),
       ('r-1', 'notify:finops:late', 4, '2026-11-23Z', '2026-11-23Z', 'given up after 12 looks; the last: no answer: Acme Corp', 'null'),
       ('r-1', 'wait:1:scale', 5, '2026-11-23Z', '2026-11-23Z', 'given up after 3 looks; the last: RUNNING', 'null'),
       ('r-1', 'wait:2:scale', 6, '2026-11-23Z', '2026-11-23Z', 'SUCCEEDED', '{"state": "succeeded"}');`;

const rows = async (sql: string): Promise<unknown[]> => (await ledger.responder.query<object>(sql)).rows;

test('messages have kind, severity, level and batch, and the run that sent them', async () => {
  const columns = 'kind, severity, level, batch, by_run, why';
  expect(await rows(`select ${columns} from responder.told order by kind, level`)).toEqual([
    { kind: 'call', severity: 'SEV-2', level: 1, batch: null, by_run: 'r-1', why: null },
    {
      kind: 'call',
      severity: 'SEV-2',
      level: 12,
      batch: null,
      by_run: null,
      why: 'first tried at noon: throttled',
    },
    { kind: 'jira-comment', severity: null, level: null, batch: null, by_run: null, why: null },
    { kind: 'joined', severity: null, level: null, batch: 3, by_run: null, why: null },
    { kind: 'postmortem-late', severity: null, level: null, batch: null, by_run: null, why: null },
  ]);
});

test('an episode says by a code why it has its severity, and whether a run or a person closed it', async () => {
  const columns = 'severity_cause, severity_run, closed_by_run, closed_by_person';
  expect(await rows(`select ${columns} from responder.episode order by episode`)).toEqual([
    { severity_cause: 'opening', severity_run: null, closed_by_run: 'r-1', closed_by_person: null },
    { severity_cause: 'persistence', severity_run: null, closed_by_run: null, closed_by_person: 'sre-one' },
    { severity_cause: 'run', severity_run: 'r-1', closed_by_run: null, closed_by_person: null },
  ]);
});

test('steps say what became of a message and that a wait was given up; an error’s text leaves the line', async () => {
  expect(await rows('select name, kind, tell, detail from responder.step order by seq')).toEqual([
    {
      name: 'notify:sre',
      kind: 'notify',
      tell: 'told: [failed] nobody was told: a subject',
      detail: { delivery: 'delivered' },
    },
    {
      name: 'notify:finops',
      kind: 'notify',
      tell: 'nobody was told',
      detail: { delivery: 'failed', error: 'Acme Corp\ntimed out' },
    },
    {
      name: 'notify:sre:late',
      kind: 'notify',
      tell: 'told, late: a subject',
      detail: { delivery: 'delivered' },
    },
    {
      name: 'notify:finops:late',
      kind: 'notify',
      tell: 'given up after 12 looks; the last: no answer',
      detail: { delivery: 'failed', gaveUp: true, error: 'Acme Corp' },
    },
    {
      name: 'wait:1:scale',
      kind: 'wait',
      tell: 'given up after 3 looks; the last: RUNNING',
      detail: { gaveUp: true, error: null },
    },
    { name: 'wait:2:scale', kind: 'wait', tell: 'SUCCEEDED', detail: { state: 'succeeded' } },
  ]);
});

test.each([
  [
    "insert into responder.told (incident_id, episode, kind, recipient, due_at, tries, tried_at) values ('INC-r-1', 1, 'call', 'sre', now(), 1, now())",
    'told_call',
  ],
  [
    "insert into responder.told (incident_id, episode, kind, recipient, due_at, tries, tried_at) values ('INC-r-1', 1, 'jira-comment', 'jira', now(), 1, now())",
    'told_once',
  ],
  ["update responder.episode set severity_cause = 'run' where episode = 1", 'episode_severity_run'],
])('what means nothing is refused: %s', async (sql, constraint) => {
  await expect(ledger.responder.query(sql)).rejects.toMatchObject({ constraint });
});
