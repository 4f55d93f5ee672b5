import type { PersonName } from '../people.ts';
import type { Sandbox } from '../sandbox.ts';
import { attributeOf, orders } from './asked-people.ts';

/** A request for approval, as the ledger has it. */
export interface Asked {
  readonly id: string;
  readonly plan: string;
  readonly expires: Date;
}

/** Calls `answer` once people are asked for their approval. */
export function onceAsked(sandbox: Sandbox, answer: (asked: Asked) => void): void {
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== 'Publish') return;
    if (attributeOf(seen.call.input, 'event') !== 'approval') return;
    unwatch();
    sandbox.clock.spawn('fault.asked', async () => {
      const { rows } = await sandbox.pool.query<Asked>(
        `select approval_id as id, plan_sha256 as plan, expires_at as expires from responder.approval
         order by requested_at desc limit 1`,
      );
      if (rows[0]) answer(rows[0]);
    });
  });
}

/** At that moment a person looks at the request, and says yes. */
export function approves(sandbox: Sandbox, person: PersonName, { id, plan }: Asked, at: Date): void {
  sandbox.clock.at(`fault.${person}-approves`, at, () =>
    orders(sandbox, person, 'approve', id, '--plan', plan.slice(0, 12)),
  );
}
