import { incidentSeen, messagesOf, newestEntries, runsOfIncident } from '../../record/desk.ts';
import { incidentCard } from './incident-card.ts';
import { runView } from './run.ts';
import type { ViewCall } from './view.ts';

/** The newest of its audit: an incident that returns for weeks has thousands. */
const MOST_ENTRIES = 200;

/** One incident: status, people, runs, and its audit as a timeline. */
export async function incidentView(call: ViewCall) {
  const { pool, now, settings } = call;
  const seen = await incidentSeen(pool, call.id);
  if (!seen) return undefined;
  const id = seen.incident;
  const entries = await newestEntries(pool, id, MOST_ENTRIES);
  const last = seen.last && (await runView({ ...call, id: seen.last.run }));
  return {
    last: last ?? null,
    incident: incidentCard(seen, { now, people: settings.people }),
    runs: await runsOfIncident(pool, id),
    messages: await messagesOf(pool, id),
    left: Math.max(0, (entries[0]?.seq ?? 1) - 1),
    timeline: entries.map(({ at, kind, body }) => ({
      at,
      kind,
      body: JSON.parse(body) as Readonly<Record<string, unknown>>,
    })),
  };
}
