import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { renderRunbook } from './runbook/render.ts';

/** `npm run runbook`: writes `docs/runbook.md` anew from the playbooks. `-- --check` only says whether it is current. */
const path = join(import.meta.dirname, '..', 'docs', 'runbook.md');
const text = await format(renderRunbook(), { parser: 'markdown', printWidth: 110 });

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('docs/runbook.md is not what the playbooks say; write it anew: npm run runbook');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, text);
  console.log(`${path}: ${text.split('\n').length} lines`);
}
