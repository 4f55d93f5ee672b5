import type { Pool } from 'pg';
import { canonicalHash } from '../../lambdas/platform/canonical-json.ts';
import { evidenceHash } from '../../lambdas/record/evidence.ts';

/** The newest seeded run began shortly before. */
export const SEEDED_UNTIL = new Date('2026-11-23T14:00:00Z');

/** 500 runs a day: number 1 is the newest. */
const AT = `(timestamptz '${SEEDED_UNTIL.toISOString()}' - i * interval '172.8 seconds')`;
/** Three runs an incident. */
const INCIDENT = '((i - 1) / 3)';
const playbook = (incident: string): string =>
  `(array['cur-freshness', 'allocation-variance', 'budget-stale', 'recon-failed', 'tag-coverage-drop', 'invoice-lag',
          'payment-mismatch', 'quota-reached', 'runner-backlog', 'signals-missing'])[1 + ${incident} % 10]`;
/** One of ten playbooks has the same target for ever, as all do that know no month. */
const targetKey = (incident: string, at: string): string => `case
  when ${incident} % 10 in (0, 1, 3, 4, 5) then 'period=' || to_char(${at} at time zone 'UTC', 'YYYY-MM')
  when ${incident} % 10 = 6 then 'scope=payments' when ${incident} % 10 = 7 then 'scope=quotas'
  when ${incident} % 10 = 8 then 'scope=runners' else '' end`;
const OUTCOME = `(array['resolved', 'rehearsed', 'refused', 'self-healed', 'resolved', 'escalated', 'resolved',
                        'ineffective', 'refused', 'resolved'])[1 + i % 10]`;
/** Of ten runs five have acted. */
const ACTED = 'i % 10 in (0, 4, 6, 7, 9)';
const ENDED = `case when i in (1, 4, 7) then null else ${AT} + interval '3 minutes' end`;
const hash = (of: string): string => `encode(sha256((${of})::bytea), 'hex')`;

const iso = (moment: string): string =>
  `to_char((${moment}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** As the audit's trigger computes it. */
const HASHED = hash(
  `convert_to(concat_ws(E'\\n', previous, chain, seq, key, at, kind, body, login), 'UTF8')`,
);
const ANSWER = evidenceHash({ source: 'ledger', query: 'select 1', parameters: {}, rows: [{ days: 4.2 }] });
const json = (value: unknown): string => `'${JSON.stringify(value)}'`;
const guardsOf = (refused: boolean): object[] =>
  Array.from({ length: 12 }, (_, k) => ({
    slot: k < 6 ? 'before-diagnosing' : 'before-acting',
    guard: `guard-${k}`,
    answer: refused && k === 3 ? 'refuse' : 'allow',
    figures: '0 of 6 plans in the last hour',
  }));
const EVIDENCE = [1, 2, 3].map((k) => ({ key: `before/ledger/${k}`, sha256: ANSWER }));

/** The end of a run as `endRun` records it; of one that has not ended, or only rehearsed, another entry. */
function endOf(run: string, runs: number): string {
  const of = (expression: string): string => expression.replace(/\bi\b/g, `(${run})`);
  const body = `'{"evidence":${JSON.stringify(EVIDENCE)},"guards":' || case when ${of('i % 10 in (2, 8)')} then ${json(guardsOf(true))} else ${json(guardsOf(false))} end
    || ',"outcome":"' || ${of(OUTCOME)} || '","playbook":"' || ${playbook('n')} || '","recordSha256":"' || ${hash(
      of(
        `'{"decision":{"branch":"stale","kind":"' || case when ${ACTED} then 'act' else 'leave' end || '","why":"old"},"finding":{"days":4.2},"planSha256":"' || ${hash(`'p' || i`)} || '"}'`,
      ),
    )} || '","run":"s' || ${run} || '","why":"the metric is 0.4 days"}'`;
  const ended = `${run} <= ${runs} and ${run} not in (1, 4, 7) and (${run}) % 50 <> 0`;
  return `case when ${ended} then 'ended/s' else 'joined/s' end || ${run} as key, ${iso(of(AT) + ` + interval '3 minutes'`)} as at,
    case when ${ended} then 'run.ended' else 'incident.joined' end as kind, case when ${ended} then ${body} else '{}' end as body, 'responder_runner' as login`;
}

/** The 15 entries of each incident, as columns. */
function entriesOf(opened: string, runs: number): string[] {
  const plain = (
    key: string,
    kind: string,
    login = 'responder_runner',
    body = `'{"run":"s' || n * 3 + 3 || '"}'`,
  ): string =>
    `'${key}' as key, ${iso(opened)} as at, '${kind}' as kind, ${body} as body, '${login}' as login`;
  const told = (level: number): string =>
    plain(
      `told/1/${level}`,
      'people.told',
      'responder_escalation',
      `'{"byRun":null,"confirmed":2,"dueAt":"' || ${iso(opened)} || '","episode":1,"kind":"call","level":${level},"recipient":"sre","severity":"SEV-2",'
       || '"toldAt":"' || ${iso(`${opened} + interval '2 seconds'`)} || '","triedAt":"' || ${iso(opened)} || '","tries":1,"why":null}'`,
    );
  // Of three runs in a row at most one is a fourth of ten.
  const asked = `(n * 3 + 1 + (13 - (n * 3) % 10) % 10)`;
  const isAsked = `(13 - (n * 3) % 10) % 10 < 3 and ${asked} <= ${runs}`;
  const approved = `case when ${isAsked} then 'approve/' else 'seen/' end || n as key, ${iso(AT.replace('i *', `${asked} *`))} as at,
    case when ${isAsked} then 'responder.approve' else 'incident.acknowledged' end as kind,
    case when ${isAsked} then '{"caller":"arn:sre-one","event":"' || md5('A-s' || ${asked})::uuid || '","object":{"id":"A-s' || ${asked}
      || '","type":"approval"},"person":"sre-one","why":"right"}' else '{}' end as body, 'responder_respond' as login`;
  return [
    plain('opened/1', 'incident.opened'),
    ...[1, 2, 3].map(told),
    ...['n * 3 + 3', 'n * 3 + 2', 'n * 3 + 1'].map((run) => endOf(run, runs)),
    approved,
    ...[1, 2].map((k) => plain(`joined/${k}`, 'incident.joined')),
    plain('raised/1', 'incident.raised'),
    plain('acknowledged/1', 'incident.acknowledged', 'responder_respond'),
    plain('jira/1', 'incident.tracked', 'responder_escalation'),
    plain('resolved/1', 'incident.resolved'),
    plain('drafted/1', 'postmortem.drafted', 'responder_escalation'),
  ];
}

/** Each command and its answer. */
const chainOfPeople = (runs: number): string => `do $$
declare
  last text := ${hash(`'people'`)};
  one record;
begin
  for one in
    select row_number() over (order by i desc, kind desc) as seq, 'command.' || kind || '/' || md5('c' || i)::uuid as key, ${iso(AT)} as at,
      'command.' || kind as kind, '{"nonce":"' || md5('c' || i)::uuid || '",' || case kind
        when 'given' then '"caller":"arn:sre-one","person":"sre-one","sha256":"${canonicalHash({ command: 'approve' })}"}'
        else '"sha256":"${canonicalHash({ ok: true })}"}' end as body
    from generate_series(1, ${runs}) i, unnest(array['given', 'answered']) kind where i % 10 = 4 order by 1
  loop
    insert into responder.audit (chain, seq, key, at, kind, body, login, previous, hash)
    select chain, seq, key, at, kind, body, login, previous, ${HASHED}
    from (select 'people' as chain, one.seq, one.key, one.at, one.kind, one.body, 'responder_respond' as login, last as previous) entry
    returning hash into last;
  end loop;
end
$$`;

/**
 * Fills an empty record with the past: 500 runs a day, three an incident, 12 guards, 6 steps and 3 pieces of evidence
 * a run, 15 audit entries and 3 messages an incident, every tenth run asked people. The last 20 minutes' are at work or
 * open. Needs a superuser, since it writes the audit's chains itself.
 * @param runs more than 100
 */
export async function seedRecord(admin: Pool, runs: number): Promise<void> {
  const ofRuns = `from generate_series(1, ${runs}) i`;
  const ofIncidents = `from generate_series(0, ${Math.floor((runs - 1) / 3)}) n`;
  const opened = AT.replace('i *', '(n * 3 + 3) *');
  const closed = `case when n < 10 and n % 2 = 0 then null else ${AT.replace('i *', '(n * 3 + 1) *')} + interval '1 minute' end`;
  const client = await admin.connect();
  try {
    await client.query(
      `set session_replication_role = replica; set synchronous_commit = off; set work_mem = '256MB'`,
    );
    for (const statement of [
      `incident (incident_id, playbook, target_key, target, severity, opened_at, opened_by_run, closed_at)
       select 'INC-s' || n, ${playbook('n')}, ${targetKey('n', opened)}, '{}', 'SEV-' || 1 + n % 4, ${opened}, 's' || n * 3 + 3, ${closed} ${ofIncidents}`,
      `episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since, severity_cause, acknowledged_at,
                acknowledged_by, acknowledged_severity, closed_at, closed_by_run, callback_id)
       select incident_id, 1, opened_at, opened_by_run, severity, opened_at, 'opening', opened_at + interval '4 minutes', 'sre-one',
              severity, closed_at, case when closed_at is not null then 's' || n * 3 + 1 end, 'cb-' || n
       ${ofIncidents} join responder.incident on incident_id = 'INC-s' || n`,
      `run (run_id, incident_id, playbook, target_key, target, mode, request, alarm, alarm_changed_at, execution_arn, opened_at,
            ended_at, fence, finding, decision, plan_sha256, outcome, why, operations, ledger_writes, claimed_at, effect, arrival, compared)
       overriding system value
       select 's' || i, 'INC-s' || ${INCIDENT}, ${playbook(INCIDENT)}, ${targetKey(INCIDENT, AT)}, '{}',
              case when i % 50 = 0 then 'dry-run' else 'live' end,
              jsonb_build_object('run', 's' || i, 'mode', 'live', 'playbook', ${playbook(INCIDENT)}, 'cause',
                jsonb_build_object('kind', 'alarm', 'alarm', jsonb_build_object('name', ${playbook(INCIDENT)}, 'state', 'ALARM'))),
              ${playbook(INCIDENT)}, ${AT} - interval '10 seconds', 'arn:s' || i, ${AT}, ${ENDED}, case when ${ACTED} then i end,
              '{"days": 4.2}', jsonb_build_object('kind', case when ${ACTED} then 'act' else 'leave' end, 'branch', 'stale', 'why', 'old'),
              ${hash(`'p' || i`)}, case when ${ENDED} is not null then ${OUTCOME} end, 'the metric is 0.4 days', 14, 3,
              case when ${ACTED} then ${AT} + interval '30 seconds' end, '{"rows": 1200, "usd": "120.55", "tenants": ["t-1"]}',
              ${runs + 1} - i, i > 60 ${ofRuns}`,
      `step (run_id, name, seq, started_at, ended_at, tell, detail)
       select 's' || i, 'step-' || k, k, ${AT}, ${AT} + k * interval '1 second', 'found: 3.2 days', '{"rows": 1}' ${ofRuns}, generate_series(1, 6) k`,
      `guard (run_id, slot, guard, answer, figures, checked_at)
       select 's' || i, (array['before-diagnosing', 'before-acting'])[1 + k / 6], 'guard-' || k,
              case when k = 3 and i % 10 in (2, 8) then 'refuse' else 'allow' end, '0 of 6 plans in the last hour', ${AT} ${ofRuns}, generate_series(0, 11) k`,
      `evidence (run_id, key, probe, source, query, parameters, rows, row_count, sha256, taken_at)
       select 's' || i, 'before/ledger/' || k, 'ledger', 'ledger', 'select 1', '{}',
              case when i < 90 * 500 then '[{"days": 4.2}]'::jsonb else '[]' end, 1, '${ANSWER}', ${AT} ${ofRuns}, generate_series(1, 3) k`,
      `lock (resource, mode, run_id, fence, leased_until, released_at)
       select r, 'write', 's' || i, i, ${AT} + interval '2 hours', ${ENDED} ${ofRuns},
              unnest(array['run/' || ${playbook(INCIDENT)}, 'inventory']) r where ${ACTED} on conflict do nothing`,
      `approval (approval_id, run_id, plan_sha256, evidence_sha256, shown, people, requested_at, expires_at, callback_id, state, decided_at)
       select 'A-s' || i, 's' || i, ${hash(`'p' || i`)}, 'e', '{"plan": "load 2026-11"}', 1, ${AT}, ${AT} + interval '8 hours', 'cb',
              case when i = 4 then 'open' else 'approved' end, case when i = 4 then null else ${AT} + interval '1 minute' end ${ofRuns} where i % 10 = 4`,
      `approver (approval_id, person, caller_arn, at) select 'A-s' || i, 'sre-one', 'arn:sre-one', ${AT} ${ofRuns} where i % 10 = 4`,
      `shadow (run_id, compared_at, over_at, done, verdict) select 's' || i, ${AT}, ${AT}, '[]', 'same' ${ofRuns} where i % 10 = 1 and i > 60`,
      `told (incident_id, episode, kind, severity, level, recipient, due_at, told_at, confirmed, tries, tried_at)
       select 'INC-s' || n, 1, 'call', 'SEV-2', k, 'sre', ${opened}, ${opened} + interval '2 seconds', 2, 1, ${opened} ${ofIncidents}, generate_series(1, 3) k`,
      `postmortem (incident_id, episode, prefix, drafted_at, draft_sha256, signed_at, signed_by, signed_sha256)
       select 'INC-s' || n, 1, 'ops/postmortems/', ${opened} + interval '1 hour', 'x', ${opened} + interval '5 hours', 'sre-one', 'y' ${ofIncidents} where n % 4 < 2`,
      `command (nonce, at, caller_arn, person, command, answer)
       select md5('c' || i)::uuid, ${AT}, 'arn:sre-one', 'sre-one', '{"command": "approve"}', '{"ok": true}' ${ofRuns} where i % 10 = 4`,
      `transition (alarm, changed_at, state, run_id, why, answered_at)
       select ${playbook(INCIDENT)}, ${AT} - interval '10 seconds', 'ALARM', 's' || i, 'it started a run', ${AT} ${ofRuns}`,
    ])
      await client.query(`insert into responder.${statement}`);
    await client.query(`insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
      select md5('A-s' || i)::uuid, ${AT}, 'operator_user', 'sre-one', 'responder.approve', 'approval', 'A-s' || i,
             '{"caller": "arn:sre-one", "why": "right"}' ${ofRuns} where i % 10 = 4`);
    // Entry by entry: each holds the hash of the one before.
    for (const [i, entry] of entriesOf(opened, runs).entries())
      await client.query(`insert into responder.audit (chain, seq, key, at, kind, body, login, previous, hash)
        select chain, ${i + 1}, key, at, kind, body, login, previous, ${HASHED}
        from (select own.*, ${i + 1} as seq, coalesce(before.hash, ${hash('own.chain')}) as previous
              from (select 'INC-s' || n as chain, ${entry} ${ofIncidents}) own
              left join responder.audit before on before.chain = own.chain and before.seq = ${i}) entry`);
    await client.query(chainOfPeople(runs));
    await client.query(`insert into responder.audit_head (chain, seq, hash, written)
      select distinct on (chain) chain, seq, hash, pg_current_xact_id() from responder.audit order by chain, seq desc`);
    await client.query(`select setval(pg_get_serial_sequence('responder.run', 'arrival'), ${runs + 1});
      select setval('responder.fence', ${runs + 1}); reset session_replication_role; reset work_mem`);
  } finally {
    client.release();
  }
  await admin.query('vacuum analyze');
}
