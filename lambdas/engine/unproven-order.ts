/**
 * Ends the execution as FAILED, with nothing on record under an id that anybody may have chosen: the dead-letter queue
 * keeps the order, and its alarm notifies people.
 */
export class UnprovenOrder extends Error {
  override readonly name = 'UnprovenOrder';

  constructor(what: string) {
    super(
      `${what}. Find out in CloudTrail who invoked the function. If it is an alarm's, the sweep starts another run; ` +
        'a person orders it with `npm run respond`',
    );
  }
}
