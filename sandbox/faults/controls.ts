import { faultsOf } from './fault.ts';
import { hoursAgo, setByHand } from './steps.ts';

const { control, selfHealed } = faultsOf('cur-freshness', 'cur_freshness_days');

/** Healthy worlds in which the right answer is to do nothing. */
export const controls = [
  control('healthy-alarm', 'Somebody sets the alarm by hand, while the costs are fresh.')
    .inject(setByHand('cur-freshness'))
    .expect(selfHealed('fresh', /^both copies are fresh: .*alarm cur-freshness is OK$/)),

  control('normal-lag', 'AWS lags by 42 hours, which is normal.')
    .inject((sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 42)))
    .expectNothing(),
];
