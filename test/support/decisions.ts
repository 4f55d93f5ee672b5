import { deciding } from '../../lambdas/domain/decision.ts';

/** Decisions for tests that don't care which row of which table they come from. */
const of = deciding({ row: { when: 'a test says so', then: 'as it says' } });

type Rest<F> = F extends (branch: 'row', ...rest: infer R) => unknown ? R : never;

export const act = (...rest: Rest<typeof of.act>) => of.act('row', ...rest);
export const leave = (...rest: Rest<typeof of.leave>) => of.leave('row', ...rest);
export const escalate = (...rest: Rest<typeof of.escalate>) => of.escalate('row', ...rest);
