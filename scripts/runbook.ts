import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';
import { renderOffer } from './runbook/offer.ts';
import { renderRunbook } from './runbook/render.ts';

const HELP = `npm run runbook [-- --check]      writes docs/runbook.md and docs/commercial-ops.md from the playbooks

  --check    writes nothing: ends with 1 when a file does not say what the playbooks say
  --help     prints this`;

await runCommand({
  help: HELP,
  failed: 'the runbook could not be written',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run runbook',
      options: { check: { type: 'boolean', default: false } },
    });
    const pages = { 'runbook.md': renderRunbook(), 'commercial-ops.md': await renderOffer() };
    let stale = 0;
    for (const [name, page] of Object.entries(pages)) {
      const path = join(import.meta.dirname, '..', 'docs', name);
      const text = await format(page, { parser: 'markdown', printWidth: 110 });
      if (!values.check) {
        writeFileSync(path, text);
        console.log(`${path}: ${text.split('\n').length} lines`);
      } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
        console.error(`docs/${name} is not what the playbooks say; write it again: npm run runbook`);
        stale = 1;
      }
    }
    return stale;
  },
});
