import { lastBefore, timeIn, type Story } from '../story.ts';

type Acting = Story['acting'][number];

/** It acts without people only where they trust it to, and else with as many as the plan needs, each by his own signature. */
export const people = (story: Story): string[] =>
  story.acting.flatMap((run) =>
    lacking(run, story).map((why) => `acts with a void approval: ${run.run}, ${why}`),
  );

function lacking(run: Acting, { notes, world: { orders } }: Story): string[] {
  const { seq, at } = run.claim;
  const trust =
    lastBefore(notes, 'standing', seq, (row) => row['playbook'] === run.playbook)?.['trust'] ?? 'auto';
  if (trust === 'auto') return orders.refusals.includes(`A-${run.run}`) ? ['a person has refused it'] : [];
  if (trust === 'shadow') return ['its playbook is only rehearsed'];
  const asked = lastBefore(notes, 'approval', seq, (row) => row['run_id'] === run.run);
  if (!asked) return ['nobody was asked'];
  const id = String(asked['approval_id']);
  const plan = lastBefore(notes, 'run', seq + 1, (row) => row['run_id'] === run.run)?.['plan_sha256'];
  const given = notes.filter(
    ({ table, row, seq: then }) => table === 'approver' && then < seq && row['approval_id'] === id,
  );
  const persons = new Set(given.map(({ row }) => String(row['person'])));
  const needed = run.acts.some(({ name }) => name === 'ledger:settle-invoice') ? 2 : 1;
  const signed = [...persons].every((person) =>
    orders.approvals.some(
      (one) => one.id === id && person === one.person && String(plan).startsWith(one.plan),
    ),
  );
  const late = given.some(({ row }) => timeIn(row, 'at') >= timeIn(asked, 'expires_at'));
  const faults: (string | false)[] = [
    asked['state'] !== 'approved' && `the request is ${String(asked['state'])}`,
    asked['plan_sha256'] !== plan && 'it was asked about another plan',
    persons.size < needed && `${persons.size} of ${needed} people have approved`,
    !signed && 'somebody is said to have approved who never signed that plan',
    persons.has(String(asked['requester'])) && 'who asked for it has approved of it',
    (late || at.getTime() >= timeIn(asked, 'expires_at')) && 'the request had expired',
    orders.refusals.includes(id) && 'a person has refused it',
  ];
  return faults.filter((fault) => typeof fault === 'string');
}
