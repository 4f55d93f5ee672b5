import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Severity } from '../../domain/decision.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import { acknowledge } from '../../record/incidents.ts';
import { auditOrder } from '../../record/orders.ts';
import { tokenHash, type Link } from '../../notifications/acknowledge-token.ts';

export interface Use {
  readonly at: Date;
  readonly from: string;
}

const USED = `select used_at as at, used_from as from from responder.used_link where token_sha256 = $1`;

export async function used(pool: Ledger, token: string): Promise<Use | undefined> {
  return (await pool.query<Use>(USED, [tokenHash(token)])).rows[0];
}

const USE = `
insert into responder.used_link (token_sha256, incident_id, episode, used_at, used_from)
select $1, incident_id, episode, $4, $5 from responder.episode where incident_id = $2 and episode = $3
on conflict (token_sha256) do nothing`;

export type Pressed =
  { readonly done: true; readonly severity: Severity } | { readonly done: false; readonly why: string };

/** Thrown to roll back: a link that did nothing is not used up. */
class NothingDone extends Error {
  readonly why: string;
  constructor(why: string) {
    super(why);
    this.why = why;
  }
}

/** Uses the link up and acknowledges, both or neither. Of two at once the second waits, and finds it used. */
export async function press(
  pool: Ledger,
  { link, token, from, now }: { link: Link; token: string; from: string; now: Date },
): Promise<Pressed> {
  const { incident, episode, recipient } = link;
  const at = now.toISOString();
  try {
    return await transaction(pool, async (client): Promise<Pressed> => {
      const { rowCount } = await client.query(USE, [tokenHash(token), incident, episode, at, from]);
      const done = await acknowledge(client, incident, {
        by: `link of ${recipient}`,
        at,
        episode,
        how: `a link, used from ${from}`,
      });
      if (!done.done) throw new NothingDone(done.why);
      if (rowCount !== 1) throw new NothingDone('this link was used before');
      await auditOrder(client, {
        caller: { arn: `a link, used from ${from}`, person: `link of ${recipient}` },
        action: 'responder.ack',
        object: { type: 'incident', id: incident },
        at,
        why: 'the page’s button',
      });
      return { done: true, severity: done.severity };
    });
  } catch (error) {
    if (error instanceof NothingDone) return { done: false, why: error.why };
    throw error;
  }
}
