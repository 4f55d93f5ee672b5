import { runTool } from './command/run-tool.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run synth [-- --responder <file>]      writes the CloudFormation template into cdk.out

  --responder <file>    your deployment's configuration as JSON (default: the context "responder" in cdk.json)
  --help                prints this

It deploys nothing: npx cdk deploy -c responder=<file> does.`;

await runCommand({
  help: HELP,
  failed: 'the template could not be written',
  main(args) {
    const { values } = readWords(args, {
      command: 'npm run synth',
      options: { responder: { type: 'string' } },
    });
    const context = values.responder === undefined ? [] : ['-c', `responder=${values.responder}`];
    return runTool('cdk', ['synth', '--quiet', ...context]);
  },
});
