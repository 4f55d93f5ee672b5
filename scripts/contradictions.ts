import { contradictionsOf } from '../lambdas/catalog/playbooks/contradictions.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run contradictions      every pair of actions that could race or undo each other, and what settles it

It takes no options, and ends with 1 when a pair is not settled.`;

await runCommand({
  help: HELP,
  failed: 'the pairs could not be found',
  main(args) {
    readWords(args, { command: 'npm run contradictions', options: {} });
    const { pairs, unsettled } = contradictionsOf(playbooks);
    for (const { one, other, shares, settled } of pairs) {
      console.log(
        `${one}  ↔  ${other}\n  shares   ${shares.join(', ')}\n  settled  ${settled ?? 'NOT AT ALL'}\n`,
      );
    }
    console.log(`${pairs.length} pairs, ${unsettled.length} contradictions`);
    if (unsettled.length === 0) return 0;
    console.error(unsettled.map((line) => `- ${line}`).join('\n'));
    return 1;
  },
});
