import { faults } from '../../sandbox/faults/all.ts';
import { isNear, nearest } from '../../lambdas/domain/nearest.ts';

const names = faults.map(({ name }) => name);

test.each([
  ['not-ingestd', 'not-ingested'],
  ['ingested', 'not-ingested'],
  ['delivery-incomplet', 'delivery-incomplete'],
  ['payment-twise', 'payment-twice'],
])('%s most likely means %s', (word, meant) => expect(nearest(word, names, 1)).toEqual([meant]));

test('one word for another is a slip of the finger at most', () => {
  expect(['statuss', 'Status', 'staus'].map((word) => isNear(word, ['status']))).toEqual([true, true, true]);
  expect(['day', 'state-of', '', 'r'].map((word) => isNear(word, ['run', 'by', 'status']))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
