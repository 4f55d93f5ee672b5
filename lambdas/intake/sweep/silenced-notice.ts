import { metricsOf } from '../../domain/instance.ts';
import { layout } from '../../notifications/message.ts';
import type { Notification } from '../../notifications/notification.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Silenced } from './silenced.ts';

/** A fault of its own: the run repairs what was measured, not who hides it. */
export const silencedNotice = (
  { alarm, metric }: Silenced,
  run: string,
  { prefix, signals }: Pick<Settings, 'prefix' | 'signals'>,
): Notification => ({
  event: 'silenced',
  subject: `[not measured] Alarm ${alarm.name} is silent: find the cause`,
  body: layout({
    headline: `Alarm ${alarm.name} does not fire although it should.`,
    facts: [
      ["What's wrong", alarm.reason],
      ['Metric', `${metricsOf(prefix)} ${metric}`],
      ['The machine', `works on what was measured, in run ${run}`],
      [
        'Your next step',
        `find out who else writes to this metric, or why our figures do not arrive: in CloudTrail, PutMetricData of another principal than ${signals}`,
      ],
      ['Afterwards', 'docs/deploy.md has the policy that allows the namespace to us alone'],
    ],
  }),
});
