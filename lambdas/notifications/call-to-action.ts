import { deadline, list, moment } from '../domain/words.ts';
import { factLines } from './message.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import type { Links } from './acknowledge-link.ts';
import { isMoreSevere, type Severity } from '../domain/decision.ts';
import type { Recipient } from '../domain/people.ts';
import { log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { deadlineOf, levelsOf, type Level } from '../domain/ladder.ts';
import { isAcknowledged, statusOf } from '../record/episode-status.ts';

export interface AskingDependencies {
  readonly settings: Pick<Settings, 'people' | 'limits'>;
  readonly pool: () => Ledger;
  readonly now: () => Date;
  /** Without it only the command is given. */
  readonly links?: Links | undefined;
}

export interface AskedFor {
  readonly incident: string;
  /** The link names the recipient. */
  readonly recipient: Recipient;
  /** ISO 8601; by default the ladder's. */
  readonly by?: string;
  /** The message's severity; when it is higher than on record, the incident is about to be raised. */
  readonly severity?: Severity;
}

/** What a message asks of people: its last lines, and what shorter channels need of them. */
export interface Asking {
  readonly lines: readonly string[];
  /** `INC-<number>` */
  readonly number?: number;
  readonly episode?: number;
  readonly severity?: Severity;
  /** ISO 8601. */
  readonly by?: string;
  /** To acknowledge; none once somebody has. */
  readonly command?: string;
  readonly link?: string;
  readonly shortLink?: string;
  readonly jira?: string;
}

type Standing = NonNullable<Awaited<ReturnType<typeof statusOf>>>;

export const askingLines = async (of: AskedFor, world: AskingDependencies): Promise<string[]> => [
  ...(await askingOf(of, world)).lines,
];

/** Never fails: without the ledger or the key it says what it can. */
export async function askingOf(of: AskedFor, world: AskingDependencies): Promise<Asking> {
  const { incident } = of;
  const command = `npm run respond -- ack ${incident}`;
  const now = world.now();
  const onRecord = await standingOf(incident, world);
  // Not on record, or unreadable: the command works as soon as it is.
  if (!onRecord) return { lines: factLines([['Acknowledge', command]]), command };
  const standing = raisedTo(of.severity, onRecord, now);
  const { number, episode, severity } = standing;
  const known = { number, episode, severity, ...(standing.jira && { jira: standing.jira.url }) };
  const jira = jiraLines(standing);
  if (standing.closed)
    return {
      ...known,
      lines: factLines([['Resolved', `${moment(standing.closed.at)} by ${standing.closed.by}`], ...jira]),
    };
  if (isAcknowledged(standing)) {
    const { by, at } = standing.acknowledged ?? { by: '', at: now };
    const who = `${by}, since ${moment(at)}; nobody else is called`;
    return { ...known, lines: factLines([['Who has it', who], ...jira]) };
  }
  const levels = levelsOf({ severity, since: standing.severitySince }, standing.calls, world.settings.people);
  const by = of.by ?? deadlineOf(levels, now).by;
  const link = await linkOf(of, episode, world, now);
  const until = deadline(by, now, world.settings.limits.freeze.zone);
  const said =
    Date.parse(by) > now.getTime()
      ? `by ${until}, ${calledNext(levels, by)}`
      : `now: the deadline was ${until}`;
  const lines = [
    ...factLines([
      ['Who has it', 'nobody yet'],
      ['Acknowledge', said, command],
    ]),
    ...(link === undefined ? [] : [`Or open: ${link}`]),
    ...jira,
  ];
  return { ...known, lines, by, command, ...(link !== undefined && { link }) };
}

/** Who is called when nobody acknowledges. */
function calledNext(levels: readonly Level[], by: string): string {
  const next = levels.find(({ at, called }) => !called && at >= by);
  return next === undefined ? 'the last deadline' : `or ${list(next.to)} is called`;
}

/** People are notified before the record raises it. */
const raisedTo = (severity: Severity | undefined, standing: Standing, now: Date): Standing =>
  severity !== undefined && isMoreSevere(severity, standing.severity)
    ? { ...standing, severity, severitySince: now.toISOString() }
    : standing;

function jiraLines({ jira, jiraTriedSince }: Standing): string[] {
  if (jira) return [`Jira: ${jira.url}`];
  return jiraTriedSince === null ? [] : [`Jira: does not answer since ${moment(jiraTriedSince)}; retried`];
}

async function standingOf(incident: string, { pool }: AskingDependencies): Promise<Standing | undefined> {
  try {
    return await statusOf(pool(), incident);
  } catch (error) {
    log.warn('a message goes without what the ledger knows of its incident', { incident, error });
    return undefined;
  }
}

async function linkOf(
  { incident, recipient }: AskedFor,
  episode: number,
  { links }: AskingDependencies,
  now: Date,
): Promise<string | undefined> {
  try {
    return await links?.to({ incident, episode, recipient }, now);
  } catch (error) {
    log.warn('a message goes without its link', { incident, error });
    return undefined;
  }
}
