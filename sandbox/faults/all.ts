import { allocationVarianceFaults } from './allocation-variance.ts';
import { budgetStaleFaults } from './budget-stale.ts';
import { byHandFaults } from './by-hand.ts';
import { chainFaults } from './chain.ts';
import { controls } from './controls.ts';
import { curFreshnessFaults } from './cur-freshness.ts';
import type { Fault } from './fault.ts';
import { guardFaults } from './guards.ts';
import { invoiceLagFaults } from './invoice-lag.ts';
import { nearMisses } from './near-misses.ts';
import { paymentMismatchFaults } from './payment-mismatch.ts';
import { peopleFaults } from './people.ts';
import { notNowFaults } from './not-now.ts';
import { platformFaults } from './platform-faults.ts';
import { quotaReachedFaults } from './quota-reached.ts';
import { reconFailedFaults } from './recon-failed.ts';
import { runnerBacklogFaults } from './runner-backlog.ts';
import { signalsMissingFaults } from './signals-missing.ts';
import { withdrawnKeyFaults } from './withdrawn-key.ts';
import { worldSaysMore } from './said-by-the-world.ts';
import { standingAlarmFaults } from './standing-alarm.ts';
import { tagCoverageDropFaults } from './tag-coverage-drop.ts';

export const faults: readonly Fault[] = [
  ...curFreshnessFaults,
  ...allocationVarianceFaults,
  ...budgetStaleFaults,
  ...reconFailedFaults,
  ...tagCoverageDropFaults,
  ...invoiceLagFaults,
  ...paymentMismatchFaults,
  ...quotaReachedFaults,
  ...runnerBacklogFaults,
  ...byHandFaults,
  ...signalsMissingFaults,
  ...chainFaults,
  ...standingAlarmFaults,
  ...guardFaults,
  ...platformFaults,
  ...withdrawnKeyFaults,
  ...notNowFaults,
  ...peopleFaults,
  ...controls,
  ...worldSaysMore,
  ...nearMisses,
];

/** @throws an error that lists the names there are */
export function faultNamed(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (found) return found;
  const list = faults.map((fault) => `  ${fault.name.padEnd(20)} ${fault.about}`).join('\n');
  throw new Error(`there is no fault "${name}"; there are\n${list}`);
}
