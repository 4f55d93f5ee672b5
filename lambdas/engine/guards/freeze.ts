import { frozenAt } from '../../platform/frozen.ts';
import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** No changes in these windows; people get the diagnosis, and the sweep checks again afterwards. */
export const freeze = defineGuard({
  name: 'freeze',
  about: 'It is a freeze window, or the month is being closed.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  blocks: 'action',
  needs: [],
  judge({ all, now }) {
    const frozen = frozenAt(all.freeze, now);
    if (!frozen) return allow(`no freeze window now (zone ${all.freeze.zone})`);
    const until = frozen.until.toISOString();
    return refuse(`"${frozen.name}" until ${until} (zone ${all.freeze.zone})`, { until });
  },
});
