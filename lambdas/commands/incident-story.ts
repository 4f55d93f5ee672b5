import { moment, readable } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import { deadlineOf, levelsOf } from '../domain/ladder.ts';
import { isAcknowledged, openStatuses, type EpisodeStatus } from '../record/episode-status.ts';
import { entriesOf } from '../record/audit-chain.ts';
import type { People } from '../domain/people.ts';
import { aligned } from '../platform/text-table.ts';

/** By severity, with who is handling each, or until when somebody must. */
export async function openIncidents(pool: Ledger, now: Date, people: People): Promise<string[][]> {
  return (await openStatuses(pool)).map((row) => [
    row.severity,
    `INC-${row.number}`,
    row.playbook,
    row.targetKey,
    `since ${moment(row.openedAt)}${row.episode === 1 ? '' : `, reopened (episode ${row.episode})`}`,
    readable(whoHasIt(row, now, people)),
    row.jira?.key ?? '-',
    row.incident,
  ]);
}

function whoHasIt(status: EpisodeStatus, now: Date, people: People): string {
  const { severity, severitySince: since, acknowledged, calls } = status;
  if (acknowledged && isAcknowledged(status))
    return `acknowledged by ${acknowledged.by} since ${moment(acknowledged.at)}`;
  const { by, passed } = deadlineOf(levelsOf({ severity, since }, calls, people), now);
  const due = passed ? `overdue since ${moment(by)}` : `due by ${moment(by)}`;
  return acknowledged ? `nobody since it is ${severity}, ${due}` : `nobody yet, ${due}`;
}

/** All audit entries of an incident, a line each, oldest first. */
export async function storyOf(pool: Ledger, incident: string): Promise<string[]> {
  const entries = await entriesOf(pool, incident);
  return aligned(
    entries.map(({ at, kind, body }) => [moment(at), kind, readable(inWords(JSON.parse(body)))]),
    0,
  );
}

/** A line on a screen; the audit has the rest. */
const LONGEST = 160;

/** Sentences first; the rest by name. */
function inWords(body: unknown): string {
  if (typeof body !== 'object' || body === null) return String(body);
  const { why, ...rest } = body as Record<string, unknown>;
  const parts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [...(typeof why === 'string' ? [why] : []), ...parts].join(', ');
  return shortened(text, LONGEST);
}
