import fc from 'fast-check';
import type { PersonName } from '../../../sandbox/people.ts';
import { person } from '../person.ts';
import { say } from '../say.ts';
import { stepKind } from '../step.ts';
import type { World } from '../world.ts';

const reason = 'the model';

interface Open {
  readonly id: string;
  readonly plan: string;
}

async function requests({ sandbox }: World): Promise<Open[]> {
  const { rows } = await sandbox.pool.query<Open>(
    `select approval_id as id, plan_sha256 as plan from responder.approval
     order by state = 'open' desc, requested_at desc limit 3`,
  );
  return rows;
}

async function approve(world: World, who: PersonName, { id, plan }: Open): Promise<boolean> {
  world.orders.approvals.push({ id, person: who, plan });
  return (await say(world, who, 'approve', { id, plan })).ok;
}

/** What people answer when they are asked for a plan: rightly, wrongly, twice, too late, or who asked for it himself. */
export const approvals = [
  stepKind({
    name: 'approvals',
    weight: 14,
    params: fc.record({ person, which: fc.nat({ max: 1 }), wrong: fc.boolean() }),
    async run(world, { person: who, which, wrong }) {
      const request = (await requests(world))[which];
      if (!request) return false;
      const plan = wrong
        ? request.plan.replace(/^./, (first) => (first === '0' ? '1' : '0'))
        : request.plan.slice(0, 12);
      if (await approve(world, who, { id: request.id, plan }))
        world.counts.add('tried', 'approvals that count');
      return true;
    },
  }),
  stepKind({
    name: 'approvals by all who may',
    weight: 22,
    params: fc.record({}),
    async run(world) {
      const [request] = await requests(world);
      if (!request) return false;
      for (const who of ['sre-one', 'sre-two', 'finops-one'] as const)
        if (await approve(world, who, request)) world.counts.add('tried', 'approvals that count');
      return true;
    },
  }),
  stepKind({
    name: 'refusals of plans',
    weight: 2,
    params: fc.record({ person }),
    async run(world, { person: who }) {
      const [request] = await requests(world);
      if (!request) return false;
      if ((await say(world, who, 'refuse', { id: request.id, reason })).ok)
        world.orders.refusals.push(request.id);
      return true;
    },
  }),
];
