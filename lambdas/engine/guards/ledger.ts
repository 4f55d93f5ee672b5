import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** What cannot be recorded is not done. */
export const ledger = defineGuard({
  name: 'ledger',
  about: 'The ledger does not answer: nothing can be recorded.',
  slots: ['before-diagnosing', 'before-acting'],
  blocks: 'diagnosis',
  needs: ['ledger'],
  judge: ({ ledger: { away } }) => (away === undefined ? allow('the run is on record') : refuse(away)),
});
