import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps files in it in memory. Containers often have 64 MB of it. */
const MEMORY = '/dev/shm';
/** `f_type` of tmpfs. */
const TMPFS = 0x0102_1994;
/** The server's own files, its log, and what some ten databases of 15 MB hold at once. */
const NEEDED_BYTES = 2 ** 30;

/**
 * A directory for a server and its worlds that are thrown away: in memory where there is room, for on a disk most of
 * what a copy of a database costs is to make its 500 files.
 */
export function briefDir(prefix: string): string {
  const dir = mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), prefix));
  // The server may run as a user of its own, and must get to its data in there.
  chmodSync(dir, 0o711);
  return dir;
}

function hasRoom(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY);
    return type === TMPFS && bavail * bsize >= NEEDED_BYTES;
  } catch {
    // Not Linux.
    return false;
  }
}
