import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERY_OPTION } from './lint-template/every-option.ts';
import { withKnownNames } from './lint-template/known-names.ts';
import { PSEUDO } from './template/pseudo.ts';
import { templateFor } from '../sandbox/template.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run lint-template [-- --responder <file>]      checks the template with cfn-lint, where it is installed

  --responder <file>    your deployment's configuration as JSON (default: one with every option)
  --help                prints this

Account and Region are put into the template before, so that names and environments have their length.
Ends with 1 when cfn-lint finds an error or a warning. "pip install cfn-lint" installs it.`;

/**
 * W3005: the CDK states dependencies that a reference implies, too. W8003: the example's configuration is refused by a
 * condition that never holds.
 */
const INTENDED = ['W3005', 'W8003'];

/** cfn-lint's codes: 2, 4, 6, … for errors, warnings and both. */
function lint(file: string): number | undefined {
  const { error, status } = spawnSync(
    'cfn-lint',
    ['--regions', PSEUDO['AWS::Region'] ?? '', '--ignore-checks', ...INTENDED, '--', file],
    { stdio: 'inherit' },
  );
  // A shim of pyenv answers 127 for a program that its Python does not have.
  return error || status === 127 ? undefined : (status ?? 1);
}

await runCommand({
  help: HELP,
  failed: 'the template could not be checked',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run lint-template',
      options: { responder: { type: 'string' } },
    });
    const { template } = await templateFor({ config: values.responder ?? EVERY_OPTION });
    const dir = mkdtempSync(join(tmpdir(), 'responder-lint-'));
    try {
      const file = join(dir, 'template.json');
      writeFileSync(file, JSON.stringify(withKnownNames(template)));
      const status = lint(file);
      if (status === undefined) {
        process.stdout.write(
          'cfn-lint is not installed: the template was not checked (pip install cfn-lint)\n',
        );
        return 0;
      }
      process.stdout.write(status === 0 ? 'cfn-lint finds nothing\n' : '');
      return status === 0 ? 0 : 1;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
});
