import fc from 'fast-check';
import type { PersonName } from '../../sandbox/people.ts';

/** Mostly somebody who may command the responder. */
export const person = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom<PersonName[]>('sre-one', 'sre-two', 'finops-one') },
  { weight: 1, arbitrary: fc.constant<PersonName>('onlooker') },
);
