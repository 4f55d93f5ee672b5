import { allocationVariance } from './allocation-variance.ts';
import { auditEvents } from './audit-events.ts';
import { budgetStale } from './budget-stale.ts';
import { curFreshness } from './cur-freshness.ts';
import type { AnyPlaybook } from './definition.ts';
import { invoiceLag } from './invoice-lag.ts';
import { paymentMismatch } from './payment-mismatch.ts';
import { quotaReached } from './quota-reached.ts';
import { reconFailed } from './recon-failed.ts';
import { refreshDashboards } from './refresh-dashboards.ts';
import { restartFunctions } from './restart-functions.ts';
import { runnerBacklog } from './runner-backlog.ts';
import { signalsMissing } from './signals-missing.ts';
import { tagCoverageDrop } from './tag-coverage-drop.ts';

/** Every playbook, in the order of the runbook. A new one is one file, one line here, and its test. */
export const playbooks: readonly AnyPlaybook[] = [
  curFreshness,
  allocationVariance,
  budgetStale,
  reconFailed,
  tagCoverageDrop,
  invoiceLag,
  paymentMismatch,
  quotaReached,
  runnerBacklog,
  restartFunctions,
  refreshDashboards,
  auditEvents,
  signalsMissing,
];

export const playbookIds: readonly string[] = playbooks.map((playbook) => playbook.id);

const byId = new Map(playbooks.map((playbook) => [playbook.id, playbook]));
const byAlarm = new Map(
  playbooks.flatMap((playbook) => playbook.alarms.map((alarm) => [alarm.name, playbook])),
);

export const playbookById = (id: string): AnyPlaybook | undefined => byId.get(id);

/** The playbook that declares the alarm of that name. */
export const playbookOfAlarm = (alarmName: string): AnyPlaybook | undefined => byAlarm.get(alarmName);
