import { bootWorld } from '../support/world.ts';
import { orders } from './orders.ts';

const world = bootWorld({ settled: true }, orders);

/**
 * By the clock alone nothing changes: neither what people were shown, nor the plan that today's evidence leads to.
 * Every probe of every playbook is asked so in `test/contract/asked-again.test.ts`; here are costs, allocation, money and what is
 * only a moment's, all the way.
 */
test.each([
  ['cur-freshness', 'not-ingested'],
  ['allocation-variance', 'allocation-off'],
  ['payment-mismatch', 'payment-unsettled-and-missed'],
  ['runner-backlog', 'runner-backlog'],
])(
  'an approval of %s (%s) that comes an hour later is not void',
  async (playbook, fault) => {
    await world.give('sre-one', 'trust', playbook, 'approve', '--reason', 'people look first');
    await world.breakBy(fault);
    const { run, asked, topics } = await world.pending(playbook);
    await world.pass(60);
    for (const who of topics.length === 2 ? (['sre-one', 'finops-one'] as const) : (['sre-one'] as const))
      expect(await world.give(who, ...asked.approve)).toMatchObject({ ok: true });
    expect(await world.ended(run)).toMatchObject({ outcome: 'resolved' });
  },
  60_000,
);
