import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Whoever may invoke the runner itself could put any person's name into the request: to approve of a plan of his own, or to
 * have undone what nobody wants undone. A command is on record before its run is started.
 */
export const order = defineGuard({
  name: 'order',
  about: 'The run claims a person’s command that is not on record.',
  slots: ['before-diagnosing'],
  blocks: 'diagnosis',
  needs: ['ordered'],
  judge({ cause, ordered }) {
    const caller = 'caller' in cause ? cause.caller : undefined;
    if (!caller) return allow('no command of a proven person is claimed');
    return ordered
      ? allow(`commanded by ${caller.person}`)
      : refuse(`it claims to be commanded by ${caller.person}, and no such command is on record`);
  },
});
