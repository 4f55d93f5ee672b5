import { freePort, isFree } from '../../emulator/postgres/postgres.ts';

/**
 * Where the sandboxes of one process listen, one after another: on the same ports, for those that a worker was once given
 * must still be right, and on others as soon as somebody else has taken one.
 */
export class StandingPorts {
  private wire: number | undefined;
  private ledger: number | undefined;

  async here(): Promise<{ readonly port: number; readonly ledgerPort: number }> {
    this.wire = await free(this.wire);
    this.ledger = await free(this.ledger);
    return { port: this.wire, ledgerPort: this.ledger };
  }
}

const free = async (before: number | undefined): Promise<number> =>
  before !== undefined && (await isFree(before)) ? before : freePort();
