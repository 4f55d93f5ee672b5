import type { Pool } from 'pg';
import type { Links } from './acknowledge-link.ts';
import { isMoreSevere, type Severity } from '../domain/decision.ts';
import type { Recipient } from '../domain/people.ts';
import { log } from '../platform/log.ts';
import { dayAndTime } from '../platform/text-table.ts';
import type { Settings } from '../platform/settings.ts';
import { deadlineOf } from './deadline.ts';
import { CLOSED_BY } from '../record/incidents.ts';

export interface AskingWorld {
  readonly settings: Pick<Settings, 'people'>;
  readonly pool: () => Pool;
  readonly now: () => Date;
  /** Without it the command is given alone. */
  readonly links?: Links | undefined;
}

export interface AskedFor {
  readonly incident: string;
  /** Who gets the message: the link says so. */
  readonly recipient: Recipient;
  /** ISO 8601; by default as the ladder has it. */
  readonly by?: string;
  /** What the message says; where it is graver than on record, the incident is about to become so. */
  readonly severity?: Severity;
}

/** What a message that asks something of people says at its end, and what shorter channels need of it. */
export interface Asking {
  readonly lines: readonly string[];
  readonly episode?: number;
  readonly severity?: Severity;
  /** ISO 8601. */
  readonly by?: string;
  /** To acknowledge; none when somebody has it at hand. */
  readonly command?: string;
  readonly link?: string;
  readonly jira?: string;
}

/** As it stands on record. */
interface Standing {
  readonly episode: number;
  readonly severity: Severity;
  readonly since: Date;
  readonly closed: Date | null;
  readonly closedBy: string | null;
  readonly acknowledged: Date | null;
  readonly by: string | null;
  readonly bySeverity: Severity | null;
  readonly jiraUrl: string | null;
  /** Since when Jira is tried, and has not been reached. */
  readonly jiraDue: Date | null;
}

const STANDING = `
select episode.episode, episode.severity, severity_since as since, episode.closed_at as closed, ${CLOSED_BY} as "closedBy",
       acknowledged_at as acknowledged, acknowledged_by as by, acknowledged_severity as "bySeverity", jira_url as "jiraUrl",
       (select min(due_at) from responder.told
        where told.incident_id = episode.incident_id and told.episode = episode.episode
          and recipient = 'jira' and told_at is null and confirmed is distinct from 0) as "jiraDue"
from responder.incident join responder.episode using (incident_id, episode) where incident_id = $1`;

/** The lines alone: see `askingOf`. */
export const askingLines = async (of: AskedFor, world: AskingWorld): Promise<string[]> => [
  ...(await askingOf(of, world)).lines,
];

/** Never fails: without the ledger or the key it says what can be said without them. */
export async function askingOf(of: AskedFor, world: AskingWorld): Promise<Asking> {
  const { incident } = of;
  const command = `npm run respond -- ack ${incident}`;
  const now = world.now();
  const onRecord = await standingOf(incident, world);
  // Not on record, or not to be read: the command works as soon as it is.
  if (!onRecord) return { lines: [`Acknowledge:    ${command}`], command };
  const standing = raisedTo(of.severity, onRecord, now);
  const { episode, severity } = standing;
  const known = { episode, severity, ...(standing.jiraUrl !== null && { jira: standing.jiraUrl }) };
  const jira = jiraLines(standing);
  if (standing.closed)
    return {
      ...known,
      lines: [`Resolved:       at ${utc(standing.closed)} by ${standing.closedBy}`, ...jira],
    };
  if (isAcknowledged(standing)) {
    const line = `Acknowledged:   by ${standing.by} at ${utc(standing.acknowledged ?? standing.since)}; nobody else is called`;
    return { ...known, lines: [line, ...jira] };
  }
  const by = of.by ?? deadlineOf(standing, world.settings.people, now).by;
  const link = await linkOf(of, episode, world, now);
  const lines = [
    `Acknowledge ${Date.parse(by) > now.getTime() ? `by ${utc(by)}` : `now, it was due by ${utc(by)}`}: ${command}`,
    ...(link === undefined ? [] : [`Or open: ${link}`]),
    ...jira,
  ];
  return { ...known, lines, by, command, ...(link !== undefined && { link }) };
}

/** People are told before the record is written, which then raises it. */
const raisedTo = (severity: Severity | undefined, standing: Standing, now: Date): Standing =>
  severity !== undefined && isMoreSevere(severity, standing.severity)
    ? { ...standing, severity, since: now }
    : standing;

/** Whoever acknowledged a lesser severity is called again for a graver one. */
export const isAcknowledged = ({
  severity,
  acknowledged,
  bySeverity,
}: Pick<Standing, 'severity' | 'acknowledged' | 'bySeverity'>): boolean =>
  acknowledged !== null && bySeverity !== null && !isMoreSevere(severity, bySeverity);

function jiraLines({ jiraUrl, jiraDue }: Standing): string[] {
  if (jiraUrl !== null) return [`Jira: ${jiraUrl}`];
  return jiraDue === null ? [] : [`Jira: not reached yet, tried since ${utc(jiraDue)}`];
}

const utc = (moment: string | Date): string => `${dayAndTime(moment)} UTC`;

async function standingOf(incident: string, { pool }: AskingWorld): Promise<Standing | undefined> {
  try {
    return (await pool().query<Standing>(STANDING, [incident])).rows[0];
  } catch (error) {
    log.warn('a message goes without what the ledger knows of its incident', { incident, error });
    return undefined;
  }
}

async function linkOf(
  { incident, recipient }: AskedFor,
  episode: number,
  { links }: AskingWorld,
  now: Date,
): Promise<string | undefined> {
  try {
    return await links?.to({ incident, episode, recipient }, now);
  } catch (error) {
    log.warn('a message goes without its link', { incident, error });
    return undefined;
  }
}
