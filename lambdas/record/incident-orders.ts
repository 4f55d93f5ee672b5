import { countRows, firstRow, type Ledger } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { acknowledge, closeIncident, type Acknowledging } from './incidents.ts';
import { auditOrder, type Order } from './orders.ts';

/** Valid once, for its episode only. */
export interface UsedLink {
  readonly tokenSha256: string;
  readonly episode: number;
  /** Address that it was used from. */
  readonly from: string;
}

const USE = `
insert into responder.used_link (token_sha256, incident_id, episode, used_at, used_from)
select $1, incident_id, episode, $4, $5 from responder.episode where incident_id = $2 and episode = $3
on conflict (token_sha256) do nothing`;

/** Thrown to roll back: a link that did nothing stays usable. */
class NothingDone extends Error {
  readonly result: Acknowledging;
  constructor(result: Acknowledging) {
    super('nothing was acknowledged');
    this.result = result;
  }
}

/**
 * Acknowledges the command's incident and audits it; by a link, uses that up as well: all or nothing.
 * The second of two concurrent uses waits, and finds it used.
 */
export async function acknowledgeByOrder(
  ledger: Ledger,
  order: Order,
  how: string,
  link?: UsedLink,
): Promise<Acknowledging> {
  const { at, caller, object } = order;
  try {
    return await transaction(ledger, async (client) => {
      const used = link && [link.tokenSha256, object.id, link.episode, at, link.from];
      const isFirst = !used || (await countRows(client, USE, used)) === 1;
      const result = await acknowledge(client, object.id, {
        by: caller.person,
        at,
        how,
        ...(link && { episode: link.episode }),
      });
      if (!result.done) throw new NothingDone(result);
      if (!isFirst) throw new NothingDone({ done: false, fault: 'used', why: 'this link was used before' });
      await auditOrder(client, order);
      return result;
    });
  } catch (error) {
    if (error instanceof NothingDone) return error.result;
    throw error;
  }
}

const USED = `select used_at as at, used_from as from from responder.used_link where token_sha256 = $1`;

/** When the link was used, and from where. */
export const useOf = (ledger: Ledger, tokenSha256: string): Promise<{ at: Date; from: string } | undefined> =>
  firstRow(ledger, USED, [tokenSha256]);

/** @returns false when the incident was not open */
export const resolveByOrder = (ledger: Ledger, order: Order): Promise<boolean> =>
  transaction(ledger, async (client) => {
    const { caller, at, why, object } = order;
    const closed = await closeIncident(client, object.id, { by: { person: caller.person }, at, why });
    if (closed) await auditOrder(client, order);
    return closed;
  });
