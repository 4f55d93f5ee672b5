import { examine, policyFor } from './doctor/examine.ts';
import { report } from './doctor/report.ts';
import { inkFor } from './ink.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run doctor [-- options]      everything that would stop a deployment, or has stopped it; changes nothing

  --responder <file>    your deployment's configuration as JSON (default: the context "responder" in cdk.json)
  --json                the findings as JSON, for programs
  --policy              prints the IAM policy that deploying takes instead, derived from the template
  --help                prints this

Run it before a deployment and after it. It uses your own AWS credentials and Region (AWS_PROFILE, AWS_REGION).
The ledger and the network are looked at from inside, by responder-migrate, once the stack is there. Before that,
LEDGER_URL (postgres://administrator:…@host:5432/database) lets it look at the ledger from here.

Each finding is one of these: ok; wrong, with what was found, what is wanted and the remedy; unknown, where it could
not look; later, where it can look only after the deployment.

It ends with 0 when nothing is wrong or unknown, with 1 when something is wrong, and with 2 when nothing is wrong but
something is unknown, or the options are not understood.`;

await runCommand({
  help: HELP,
  failed: 'the examination failed',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run doctor',
      options: {
        responder: { type: 'string' },
        json: { type: 'boolean', default: false },
        policy: { type: 'boolean', default: false },
      },
    });
    if (values.policy) {
      console.log(JSON.stringify(await policyFor(values.responder), null, 2));
      return 0;
    }
    const examined = await examine(values.responder, process.env);
    const { text, code } = report(examined, inkFor(process.stdout));
    console.log(values.json ? JSON.stringify(examined, null, 2) : text);
    return code;
  },
});
