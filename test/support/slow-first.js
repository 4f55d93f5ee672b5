import { sep } from 'node:path';
import sequencer from '@jest/test-sequencer';

/** Folders whose files take longest, longest first: begun last, one of them would be all that is still running. */
const SLOW = ['processes', 'durable', 'scenarios', 'cli', 'path', 'engine'];

const rank = ({ path }) => {
  const place = SLOW.findIndex((folder) => path.includes(`${sep}test${sep}${folder}${sep}`));
  return place < 0 ? SLOW.length : place;
};

// Published as CommonJS: its class is the `default` of what is imported.
export default class SlowFirst extends sequencer.default {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
