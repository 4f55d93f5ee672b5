import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Checked before every sending: once it is on, nothing more is sent. */
export const killSwitch = defineGuard({
  name: 'kill-switch',
  about: 'People have switched everything off, or this playbook; or the configuration has.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  blocks: 'diagnosis',
  needs: ['standing'],
  judge({ standing, playbook, cause, off: configured }) {
    const [off] = standing.paused;
    const ordered = off && {
      what: off.scope === 'all' ? 'everything' : off.scope,
      since: `since ${off.since} by ${off.by}: ${off.reason}`,
    };
    const figures = configured ?? (ordered && `${ordered.what} has been switched off ${ordered.since}`);
    if (figures === undefined) return allow(`neither everything nor ${playbook} is switched off`);
    // A check for recovery changes nothing, so the switch does not stop it.
    return cause.kind === 'recovery' ? allow(`${figures}; this run changes nothing`) : refuse(figures);
  },
});
