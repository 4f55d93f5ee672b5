/** Ends the execution quietly: people know of everything that the check has found, and nothing is put on record. */
export class NothingNew extends Error {
  override readonly name = 'NothingNew';
}
