import { giveCommand } from '../../respond/send.ts';
import { REGION } from '../kernel/places.ts';
import type { PersonName } from '../people.ts';
import type { Sandbox } from '../sandbox.ts';

/** A person gives the responder a command, as `npm run respond` does. @throws unless it was done */
export async function command(
  { endpoint, outputs, services }: Sandbox,
  person: PersonName,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: REGION };
  const place = { url: new URL(outputs['RespondUrl'] ?? ''), region: REGION, partition: 'aws' };
  const needs = { place, env, credentials: services.people.keyOf(person) };
  const { ok, text } = await giveCommand({ name, input }, needs);
  if (!ok) throw new Error(`${person} could not ${name}: ${text}`);
}

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
    if (!String(seen.call.input['Subject']).startsWith('[approval]')) return;
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
    command(sandbox, person, 'approve', { id, plan: plan.slice(0, 12) }),
  );
}
