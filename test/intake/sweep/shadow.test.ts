import type { Trace } from '../../../lambdas/catalog/actions/definition.ts';
import { compare } from '../../../lambdas/intake/sweep/shadow.ts';

const allocation: Trace = { job: 'allocation_runner', period: '2026-11', tenant: null };
const invoice = (tenant: string): Trace => ({ job: 'invoice_emitter', period: '2026-10', tenant });

test.each([
  ['the same job', [allocation], [allocation], 'same'],
  ['the same job twice', [allocation], [allocation, allocation], 'same'],
  ['the same jobs in another order', [invoice('a'), invoice('b')], [invoice('b'), invoice('a')], 'same'],
  ['nothing, where nothing was planned', [], [], 'same'],
  ['nothing, where something was', [allocation], [], 'nothing'],
  ['another month', [allocation], [{ ...allocation, period: '2026-10' }], 'different'],
  ['fewer tenants', [invoice('a'), invoice('b')], [invoice('a')], 'different'],
  ['something, where nothing was planned', [], [allocation], 'different'],
] as const)('people did %s', (_what, planned, done, verdict) => {
  expect(compare(planned, done)).toBe(verdict);
});
