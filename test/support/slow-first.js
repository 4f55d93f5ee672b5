import { sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Folders whose files take longest, longest first: begun last, one of them would be all that is still running. */
const SLOW = ['processes', 'model', 'durable', 'drills', 'escalation', 'cli', 'commands', 'path', 'engine'];

const rank = ({ path }) => {
  const place = SLOW.findIndex((folder) => path.includes(`${sep}test${sep}${folder}${sep}`));
  return place < 0 ? SLOW.length : place;
};

export default class SlowFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
