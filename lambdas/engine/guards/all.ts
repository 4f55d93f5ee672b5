import type { Guard } from './definition.ts';
import { approval } from './approval.ts';
import { blastRadius } from './blast-radius.ts';
import { breaker } from './breaker.ts';
import { budget } from './budget.ts';
import { cooldown } from './cooldown.ts';
import { freeze } from './freeze.ts';
import { killSwitch } from './kill-switch.ts';
import { ledger } from './ledger.ts';
import { lock } from './lock.ts';
import { mutedAlarm } from './muted-alarm.ts';
import { openRun } from './open-run.ts';
import { order } from './order.ts';
import { periodOpen } from './period-open.ts';
import { recurrence } from './recurrence.ts';
import { staleAlarm } from './stale-alarm.ts';
import { trust } from './trust.ts';
import { upstream } from './upstream.ts';

/** Every guard, in order: the first that refuses gives the reason for the run's end. */
export const guards: readonly Guard[] = [
  ledger,
  order,
  upstream,
  openRun,
  killSwitch,
  mutedAlarm,
  staleAlarm,
  periodOpen,
  freeze,
  trust,
  recurrence,
  breaker,
  // Before those that count: a run that gives way to another calls nobody.
  lock,
  cooldown,
  budget,
  blastRadius,
  approval,
];
