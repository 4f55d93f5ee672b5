import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';
import { renderRunbook } from './runbook/render.ts';

const HELP = `npm run runbook [-- --check]      writes docs/runbook.md from the playbooks

  --check    writes nothing: ends with 1 when the file does not say what the playbooks say
  --help     prints this`;

await runCommand({
  help: HELP,
  failed: 'the runbook could not be written',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run runbook',
      options: { check: { type: 'boolean', default: false } },
    });
    const path = join(import.meta.dirname, '..', 'docs', 'runbook.md');
    const text = await format(renderRunbook(), { parser: 'markdown', printWidth: 110 });
    if (!values.check) {
      writeFileSync(path, text);
      console.log(`${path}: ${text.split('\n').length} lines`);
      return 0;
    }
    if (readFileSync(path, 'utf8') === text) return 0;
    console.error('docs/runbook.md is not what the playbooks say; write it again: npm run runbook');
    return 1;
  },
});
