import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, ROOT } from '../processes/child-sandbox.ts';
import { mentioning, survivorsOf } from '../processes/process-table.ts';
import { runScript } from '../processes/started.ts';

interface Drilled {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Processes and files that were still there afterwards. */
  readonly left: readonly unknown[];
}

/** `npm run drill` as people type it, or another script, with a place for temporary files that nobody else uses. */
export function drilling<Report>(script = 'scripts/drill.ts') {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'responder-drilled-'));
    // PostgreSQL runs as a user of its own when we are root, and keeps its data in there.
    chmodSync(place, 0o755);
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
  const json = () => join(ROOT, '.sandbox', `${place.slice(-6)}.json`);

  return {
    drill: async (args: readonly string[], interruptAt?: RegExp): Promise<Drilled> => {
      const ended = await runScript([script, '--json', json(), ...args], {
        cwd: ROOT,
        env: { ...environment(), TMPDIR: place },
        interruptAt,
      });
      const left = [...(await survivorsOf(await mentioning(place))), ...readdirSync(place)];
      return { ...ended, left };
    },

    /** What it has kept of what it has seen. */
    report: (): Report => {
      const text = readFileSync(json(), 'utf8');
      rmSync(json());
      return JSON.parse(text) as Report;
    },
  };
}
