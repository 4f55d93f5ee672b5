import { contradictionsOf } from '../lambdas/catalog/playbooks/contradictions.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';

/** `npm run contradictions`: every pair of actions that could race or undo each other, and what settles it. */
const { pairs, unsettled } = contradictionsOf(playbooks);
for (const { one, other, shares, settled } of pairs) {
  console.log(
    `${one}  ↔  ${other}\n  shares   ${shares.join(', ')}\n  settled  ${settled ?? 'NOT AT ALL'}\n`,
  );
}
console.log(`${pairs.length} pairs, ${unsettled.length} contradictions`);
if (unsettled.length > 0) {
  console.error(unsettled.map((line) => `- ${line}`).join('\n'));
  process.exitCode = 1;
}
