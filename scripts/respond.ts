import { printable } from '../lambdas/domain/foreign-text.ts';
import { runCommand } from './command/run-command.ts';
import { withFiles } from './respond/files.ts';
import { readPlace } from './respond/place.ts';
import { giveCommand } from './respond/send.ts';
import { readWords } from './respond/words.ts';

const HELP = `npm run respond -- <command> [what] [--name value …]      commands the responder, as yourself

  npm run respond -- whoami
  npm run respond -- run cur-freshness --target period=2026-11 --reason "late delivery" --dry-run

It signs with your own AWS credentials, wherever every AWS client finds them. Where the responder is, say RESPONDER_URL
or --url: the stack's output RespondUrl. A command that there is not is answered with all that there are.`;

/** A person's command, from the terminal to the responder. Ends with 0 only when it was done. */
await runCommand({
  help: HELP,
  failed: 'the command was not given',
  async main(args) {
    const words = readWords(args);
    if (words === 'help') {
      console.log(HELP);
      return 0;
    }
    const place = readPlace(words.url, process.env);
    const { ok, text } = await giveCommand(withFiles(words), { place, env: process.env });
    console[ok ? 'log' : 'error'](printable(text));
    return ok ? 0 : 1;
  },
});
