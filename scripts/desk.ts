import type { Persons } from '../lambdas/desk/persons.ts';
import { atEnd, stay } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords } from './command/words.ts';
import { serveDesk } from './desk/serve.ts';
import { readPlace } from './respond/place.ts';
import { giveCommand } from './respond/send.ts';

const HELP = `npm run desk [-- options]      the responder's pages on this machine, for you alone

  --url <address>   where the responder is: the stack's output RespondUrl (default: RESPONDER_URL)
  --port <n>        port on loopback (default: a free one)
  --help            prints this

Each page and each button is a command, signed with your own AWS credentials as npm run respond does it. Open the
address that it prints: it has a token, so keep it to yourself. Ctrl-C ends it.`;

await runCommand({
  help: HELP,
  failed: 'the desk could not be opened',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run desk',
      options: { url: { type: 'string' }, port: { type: 'string', default: '0' } },
    });
    const mistakes = new Mistakes();
    const port = mistakes.whole('port', values.port, 0, 65_535);
    mistakes.refuse();
    const place = readPlace(values.url, process.env);
    const persons: Persons = {
      choices: [],
      give: (command) => giveCommand(command, { place, env: process.env }),
    };
    const desk = await serveDesk({ persons }, port);
    atEnd('the desk', () => desk.close());
    process.stdout.write(`Desk: ${desk.address}\n`);
    return stay(0);
  },
});
