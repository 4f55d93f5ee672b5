import { commands } from '../lambdas/commands/commands.ts';
import { playbookIds } from '../lambdas/catalog/playbooks/registry.ts';
import { printable } from '../lambdas/domain/foreign-text.ts';
import { runCommand } from './command/run-command.ts';
import { completionFor } from './respond/completion.ts';
import { withFiles } from './respond/files.ts';
import { helpOfAll, helpOfOne, LOCAL } from './respond/help.ts';
import { readPlace } from './respond/place.ts';
import { giveCommand, type Told } from './respond/send.ts';
import { checkTyped, commandNamed } from './respond/typed.ts';
import { readEvery, watch } from './respond/watch.ts';
import { readWords, type Words } from './respond/words.ts';

const local = Object.keys(LOCAL);

function helpFor(name: string | undefined): string {
  if (name === undefined || name.startsWith('-') || local.includes(name)) return helpOfAll(commands);
  return helpOfOne(name, commandNamed(name, commands, local));
}

const send = (words: Words): Promise<Told> =>
  giveCommand(withFiles(words), { place: readPlace(words.url, process.env), env: process.env });

/** A person's command, from the terminal to the responder. */
await runCommand({
  help: ([name, ...rest]) => helpFor(name === 'help' ? rest[0] : name),
  failed: 'the command was not given',
  async main(args) {
    const words = readWords(args);
    const first = typeof words === 'string' ? undefined : Object.values(words.input)[0];
    if (words === 'help' || words.name === 'help') {
      console.log(helpFor(first as string | undefined));
      return 0;
    }
    if (words.name === 'completion') {
      console.log(completionFor(first as string | undefined, commands, playbookIds));
      return 0;
    }
    if (words.name === 'schema') {
      // The configuration's schema brings the CDK along.
      const { schemaOf } = await import('./respond/schemas.ts');
      console.log(JSON.stringify(schemaOf(first as string | undefined), null, 2));
      return 0;
    }
    if (words.name === 'watch') {
      const seconds = readEvery(words.input['every']);
      const asked = { ...words, name: 'status', input: {} };
      // What is missing is said at once, and not again and again.
      readPlace(words.url, process.env);
      return watch(async () => printable((await send(asked)).text), { seconds, output: process.stdout });
    }
    checkTyped(words, commandNamed(words.name, commands, local));
    const { ok, text, data } = await send(words);
    if (ok && words.json) console.log(JSON.stringify(data ?? { ok, text }, null, 2));
    else console[ok ? 'log' : 'error'](printable(text));
    return ok ? 0 : 1;
  },
});
