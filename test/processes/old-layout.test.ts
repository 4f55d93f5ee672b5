import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './child-sandbox.ts';
import { cloneProject, runScript, type Project } from './started.ts';

let project: Project;
beforeAll(() => void (project = cloneProject()));
afterAll(() => project.remove());

/** Opens a world as `npm start` does, does something with it, and closes it. */
async function opened(again: boolean, then = ''): Promise<{ dir: string; ledger: string }> {
  const script = `
    const { openWorld } = await import('./scripts/start/world.ts');
    const world = await openWorld({ again: ${again} });
    ${then}
    console.log(JSON.stringify({ dir: world.dir, ledger: world.databases.ledger }));
    await world.close();`;
  const { code, out, err } = await runScript(['--input-type=module', '-e', script], {
    cwd: project.dir,
    env: environment(),
  });
  if (code !== 0) throw new Error(`it ended with ${code}: ${err}`);
  return JSON.parse(out) as { dir: string; ledger: string };
}

test('a world that older starts made in .sandbox/last itself is opened again, and makes room for the next one', async () => {
  const folder = join(project.dir, '.sandbox');
  const last = join(folder, 'last');
  mkdirSync(last, { recursive: true });
  writeFileSync(join(last, 'emulator.json'), '{}');

  const again = await opened(true);
  expect(again.dir).toBe(last);
  // The names of its databases are as those starts gave them.
  expect(again.ledger).toMatch(/responder_sandbox_ledger(\?|$)/);
  expect(existsSync(join(last, 'emulator.json'))).toBe(true);

  // One that fails before it is up leaves it as it was.
  await opened(false);
  expect(lstatSync(last).isDirectory()).toBe(true);
  expect(readdirSync(join(folder, 'worlds'))).toEqual([]);

  const next = await opened(false, 'await world.keep();');
  const [name = 'none', ...others] = readdirSync(join(folder, 'worlds'));
  expect(others).toEqual([]);
  expect(next.dir).toBe(join(folder, 'worlds', name));
  expect(readlinkSync(last)).toBe(join('worlds', name));
  expect(existsSync(join(last, 'emulator.json'))).toBe(false);
  expect((await opened(true)).dir).toBe(next.dir);
});
