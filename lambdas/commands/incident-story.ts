import { shortened } from '../platform/shortened.ts';
import type { Pool } from 'pg';
import { isAcknowledged } from '../notifications/call-to-action.ts';
import { deadlineOf } from '../notifications/deadline.ts';
import type { Severity } from '../domain/decision.ts';
import type { People } from '../domain/people.ts';
import { aligned, dayAndTime, readable } from '../platform/text-table.ts';

interface OpenRow {
  readonly incident: string;
  readonly playbook: string;
  readonly target: string;
  readonly severity: Severity;
  readonly since: Date;
  readonly opened: Date;
  readonly episode: number;
  readonly acknowledged: Date | null;
  readonly by: string | null;
  readonly bySeverity: Severity | null;
  readonly jira: string | null;
}

const OPEN = `
select incident_id as incident, playbook, target_key as target, episode.severity, severity_since as since,
       episode.opened_at as opened, episode.episode, acknowledged_at as acknowledged, acknowledged_by as by,
       acknowledged_severity as "bySeverity", jira_key as jira
from responder.incident join responder.episode using (incident_id, episode)
where incident.closed_at is null order by episode.severity, episode.opened_at`;

/** Rows for people: the gravest first, and of each who has it at hand, or until when somebody must. */
export async function openIncidents(pool: Pool, now: Date, people: People): Promise<string[][]> {
  const { rows } = await pool.query<OpenRow>(OPEN);
  return rows.map((row) => [
    row.severity,
    row.playbook,
    row.target,
    `since ${dayAndTime(row.opened)}${row.episode === 1 ? '' : `, back for the ${row.episode}. time`}`,
    readable(whoHasIt(row, now, people)),
    row.jira ?? '-',
    row.incident,
  ]);
}

function whoHasIt(row: OpenRow, now: Date, people: People): string {
  if (isAcknowledged(row))
    return `acknowledged by ${row.by} since ${dayAndTime(row.acknowledged ?? row.opened)}`;
  const { by, passed } = deadlineOf(row, people, now);
  const due = passed ? `was due by ${dayAndTime(by)}` : `due by ${dayAndTime(by)}`;
  return row.by === null ? `nobody yet, ${due}` : `nobody since it is ${row.severity}, ${due}`;
}

interface Entry {
  readonly at: string;
  readonly kind: string;
  readonly body: string;
}

const CHAIN = `select at, kind, body from responder.audit where chain = $1 order by seq`;

/** Everything that the audit has of an incident, a line each, oldest first. */
export async function storyOf(pool: Pool, incident: string): Promise<string[]> {
  const { rows } = await pool.query<Entry>(CHAIN, [incident]);
  return aligned(
    rows.map(({ at, kind, body }) => [dayAndTime(at), kind, readable(inWords(JSON.parse(body)))]),
    0,
  );
}

/** A line on a screen; the audit has the rest. */
const LONGEST = 160;

/** What is said in words goes first; the rest as it is named. */
function inWords(body: unknown): string {
  if (typeof body !== 'object' || body === null) return String(body);
  const { why, ...rest } = body as Record<string, unknown>;
  const parts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [...(typeof why === 'string' ? [why] : []), ...parts].join(', ');
  return shortened(text, LONGEST);
}
