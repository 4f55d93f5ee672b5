import type { KeptMessage } from '../../scripts/sandbox/aws/sns.ts';
import { periodAtStake, type Fault } from '../../scripts/sandbox/faults/fault.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { follow, settle, type ScenarioResult } from '../../scripts/sandbox/scenario.ts';
import { closedFigures, type ClosedFigures } from './closed-figures.ts';
import { measureWrites } from './measure-writes.ts';

/** What a scenario did, seen from outside the responder. */
export interface Witnessed extends ScenarioResult {
  readonly closed: { readonly before: ClosedFigures; readonly after: ClosedFigures };
  readonly copies: { readonly before: unknown; readonly after: unknown };
  /** What people were told by the responder, oldest first. */
  readonly told: readonly KeptMessage[];
  /** Writing transactions of the responder, as the database counted them. */
  readonly writes: number;
}

/** Breaks a settled world and watches until every run has ended. */
export async function witness(sandbox: Sandbox, fault: Fault): Promise<Witnessed> {
  await settle(sandbox);
  const count = await measureWrites(sandbox.pool);
  const { messages } = sandbox.services.sns;
  const earlier = new Set(messages.entries().map(([id]) => id));
  const closed: { before: ClosedFigures; after: ClosedFigures } = { before: {}, after: {} };
  const copies: { before: unknown; after: unknown } = { before: undefined, after: undefined };
  const result = await follow(sandbox, {
    ...fault,
    async inject(world) {
      await fault.inject(world);
      closed.before = await closedFigures(world);
      copies.before = await copiesOf(world);
    },
  });
  closed.after = await closedFigures(sandbox);
  copies.after = await copiesOf(sandbox);
  const told = messages
    .entries()
    .filter(([id, { subject }]) => !earlier.has(id) && /^\[/.test(subject ?? ''))
    .map(([, message]) => message);
  return { ...result, closed, copies, told, writes: await count() };
}

/** Newest usage and exact total of both copies of the month at stake. */
async function copiesOf(sandbox: Sandbox): Promise<unknown> {
  const { commercialOps } = sandbox.services;
  const { athena, ledger } = await commercialOps.freshness();
  return {
    newest: [athena.newest, ledger.newest],
    totals: await commercialOps.totals(periodAtStake(sandbox)),
  };
}
