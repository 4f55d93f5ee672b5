import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** Everything that somebody could change, each thing by its name, with a hash over all that it holds. */
export type WorldState = Readonly<Record<string, string>>;

/** Looking itself writes here: evidence, and what Athena answers. */
const LEFT_BY_LOOKS = [
  /^s3 commercial-ops-responder-[^/]*\/(evidence|rehearsals)\//,
  /^s3 commercial-ops-responder-athena-[^/]*\/results\//,
];

/** Commercial-Ops' own; the sandbox's other tables in the same database are not the ledger. */
const TABLES = `
select tablename as name from pg_tables where schemaname = 'public' and tableowner = 'commercial_ops' order by 1`;

/** What the record holds of live runs, which a rehearsal must leave alone, too. */
const LIVE = {
  'incidents on record': `select * from responder.incident`,
  'live runs on record': `select * from responder.run where mode = 'live'`,
  'the last fence': `select last_value, is_called from responder.fence`,
};

export async function worldState({ pool, services }: Sandbox): Promise<WorldState> {
  const { s3, sqs, glue, sns, lambda, autoScaling, estate } = services;
  const state: Record<string, string> = {};
  const { rows: tables } = await pool.query<{ name: string }>(TABLES);
  for (const { name } of tables) state[`table ${name}`] = await hashOf(pool, `select * from ${name}`);
  for (const [what, sql] of Object.entries(LIVE)) state[what] = await hashOf(pool, sql);
  const put = (name: string, value: unknown): unknown => (state[name] = hash(JSON.stringify(value)));
  for (const { name: bucket } of s3.allBuckets()) {
    for (const { key, etag, size } of s3.list(bucket)) put(`s3 ${bucket}/${key}`, [etag, size]);
  }
  for (const { arn: queue, name } of sqs.queues.all()) {
    const isDeadLetters = sqs.sourcesOf(queue).length > 0;
    put(`queue ${name}`, [sqs.peek(queue), isDeadLetters ? sqs.moves.list(queue) : []]);
  }
  for (const run of glue.runs.of(estate.ingestion.job)) put(`glue run ${run.id}`, run);
  for (const [id, { topicArn, subject }] of sns.messages.entries()) {
    put(`message ${id} to ${topicArn.split(':').at(-1) ?? ''}: ${subject ?? ''}`, id);
  }
  for (const { native: _code, ...fn } of lambda.functions.all()) put(`function ${fn.name}`, fn);
  for (const { arn, status } of lambda.executionsOf('responder-runner')) put(`live run ${arn}`, status);
  for (const group of autoScaling.groups.all()) put(`group ${group.name}`, group);
  for (const name of Object.keys(state)) {
    if (LEFT_BY_LOOKS.some((left) => left.test(name))) delete state[name];
  }
  return state;
}

/** What is not as it was, in words; empty when everything is, to the byte. */
export const changes = (before: WorldState, after: WorldState): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => {
      if (before[name] === undefined) return `${name} is new`;
      return after[name] === undefined ? `${name} is gone` : `${name} has changed`;
    });

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Over all rows, in any order. */
async function hashOf(pool: Pool, sql: string): Promise<string> {
  const { rows } = await pool.query<{ rows: string; hash: string | null }>(
    `select count(*) as rows, md5(string_agg(line, '' order by line)) as hash
     from (select md5(all_of::text) as line from (${sql}) all_of) lines`,
  );
  return `${rows[0]?.rows ?? ''} ${rows[0]?.hash ?? ''}`;
}
