import { allocationVarianceFaults } from '../../sandbox/faults/allocation-variance.ts';
import { onceNotified } from '../../sandbox/faults/asked-people.ts';
import { change, over, SLIGHTLY, spoil } from '../../sandbox/faults/billing-chain.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';

/** As if a repair had been called proven with the same fault in another month: that comes once people are told. */
export const faults: readonly Fault[] = allocationVarianceFaults
  .filter(({ name }) => name === 'allocation-off')
  .map((fault) => ({
    ...fault,
    name: 'falsely-resolved',
    async inject(sandbox) {
      await fault.inject(sandbox);
      onceNotified(sandbox, 'resolved', () =>
        sandbox.clock.spawn('fault.again', () => change(over, spoil(SLIGHTLY))(sandbox)),
      );
    },
  }));
