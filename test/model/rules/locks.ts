import type { Note } from '../ledger-watch.ts';
import { timeIn, type Story } from '../story.ts';

/** No two runs ever hold what overlaps, and nobody acts on a lock that he has lost. */
export const locks = (story: Story): string[] => [...overlapping(story), ...lost(story)];

function overlapping({ notes }: Story): string[] {
  const held = new Map<string, Note['row']>();
  const found: string[] = [];
  for (const { table, row } of notes) {
    if (table !== 'lock') continue;
    const [key, isNew] = [keyOf(row), !held.has(keyOf(row))];
    if (row['released_at'] !== null) held.delete(key);
    else held.set(key, row);
    if (!isNew || row['released_at'] !== null) continue;
    for (const other of held.values()) {
      if (other['run_id'] === row['run_id'] || !overlap(other, row)) continue;
      // Whoever has let his lease run out holds nothing any more.
      if (timeIn(other, 'leased_until') <= timeIn(row, 'leased_until') - LEASE_MS) continue;
      found.push(`holds two overlapping locks: ${tell(other)} and ${tell(row)}`);
    }
  }
  return found;
}

const LEASE_MS = 60 * 60_000;

const keyOf = (row: Note['row']): string => `${String(row['run_id'])} ${String(row['resource'])}`;

function overlap(a: Note['row'], b: Note['row']): boolean {
  if (a['mode'] !== 'write' && b['mode'] !== 'write') return false;
  const [one, other] = [String(a['resource']).split('/'), String(b['resource']).split('/')];
  return one.every((part, i) => i >= other.length || part === other[i]);
}

function lost({ notes, acts }: Story): string[] {
  return acts.flatMap(({ run, name, prepared, preparedWall }) => {
    const now = new Map<string, Note['row']>();
    for (const { table, row, wall } of notes)
      if (table === 'lock' && row['run_id'] === run && wall < preparedWall)
        now.set(String(row['resource']), row);
    if (now.size === 0) return [`acts without a lock: ${name} by ${run}`];
    const gone = [...now.values()].find(
      (row) => row['released_at'] !== null || timeIn(row, 'leased_until') <= prepared.getTime(),
    );
    return gone ? [`acts on a lock that it has lost: ${name} by ${run}, ${tell(gone)}`] : [];
  });
}

const tell = ({ run_id: run, resource, mode }: Note['row']): string =>
  `${String(run)} ${String(mode)}s ${String(resource)}`;
