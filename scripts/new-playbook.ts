import { join } from 'node:path';
import { newPlaybook } from './new-playbook/write.ts';

/** `npm run new-playbook -- <id>`: a file, its line in all.ts and a table test, with blanks to fill in. */
const [id, ...rest] = process.argv.slice(2);
try {
  if (id === undefined || rest.length > 0) {
    throw new Error(
      `got ${rest.length === 0 ? 'no id' : `"${[id, ...rest].join(' ')}"`}; wanted one id in kebab-case: npm run new-playbook -- disk-full`,
    );
  }
  const { written, blanks } = newPlaybook(join(import.meta.dirname, '..'), id);
  console.log(`Written:\n${written.map((path) => `  ${path}`).join('\n')}\n`);
  console.log(`${blanks} blanks say FILL IN. Then: npx jest test/contract test/playbooks/${id}.test.ts`);
  console.log('A drill for each row of its decision table goes to sandbox/faults/, its chapter of');
  console.log('docs/runbook.md is written by: npm run runbook');
} catch (error) {
  console.error(`new-playbook: ${(error as Error).message}`);
  process.exitCode = 1;
}
