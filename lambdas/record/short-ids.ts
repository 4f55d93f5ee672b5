import { allRows, type Queryable } from '../platform/ledger/queryable.ts';

/** What a short id may stand for. */
export type Short = 'run' | 'incident' | 'approval';

/** Beginnings are looked for among what is not older: people type what they have just seen. */
const DAYS = 90;
const RECENT = `opened_at > $2::timestamptz - interval '${DAYS} days'`;

const EXACT: Readonly<Record<Short, string>> = {
  run: 'select run_id as id from responder.run where run_id = $1',
  incident: 'select incident_id as id from responder.incident where incident_id = $1',
  approval: 'select approval_id as id from responder.approval where approval_id = $1',
};

const BEGINNING: Readonly<Record<Short, string>> = {
  run: `select run_id as id from responder.run where ${RECENT} and starts_with(run_id, $1) order by opened_at desc limit 4`,
  incident: `select incident_id as id from responder.episode where ${RECENT} and starts_with(incident_id, $1)
    group by incident_id order by max(opened_at) desc limit 4`,
  approval: `select approval_id as id from responder.approval
    where requested_at > $2::timestamptz - interval '${DAYS} days' and starts_with(approval_id, $1)
    order by requested_at desc limit 4`,
};

const NUMBERED = 'select incident_id as id from responder.incident where number = $1::int';
/** `INC-41`, or the number alone. */
const NUMBER = /^(?:INC-)?(\d{1,9})$/i;

/**
 * The ids that a typed one may mean: itself, the incident of a number, or those that begin with it, newest first. Exact
 * ones come first: no beginning is looked for then.
 */
export async function idsMeant(on: Queryable, what: Short, typed: string, now: Date): Promise<string[]> {
  const ids = async (sql: string, values: readonly unknown[]): Promise<string[]> =>
    (await allRows<{ id: string }>(on, sql, values)).map(({ id }) => id);
  const exact = await ids(EXACT[what], [typed]);
  if (exact.length > 0) return exact;
  const number = what === 'incident' ? NUMBER.exec(typed)?.[1] : undefined;
  if (number !== undefined) return ids(NUMBERED, [number]);
  return ids(BEGINNING[what], [typed, now.toISOString()]);
}
