import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Anyone who may invoke the runner could put a person's name into the request, to approve their own
 * plan or roll back another. A command is on record before its run starts.
 */
export const order = defineGuard({
  name: 'order',
  about: 'The run claims a person’s command that is not on record.',
  slots: ['before-diagnosing'],
  blocks: 'diagnosis',
  needs: ['ordered'],
  judge({ requester, ordered }) {
    if (!requester) return allow('no command of a proven person is claimed');
    return ordered
      ? allow(`commanded by ${requester.person}`)
      : refuse(`it claims to be commanded by ${requester.person}, and no such command is on record`);
  },
});
