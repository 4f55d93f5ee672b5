import * as fc from 'fast-check';
import { restartFunctions } from '../../../lambdas/catalog/playbooks/restart-functions.ts';
import type { FunctionConfiguration } from '../../../lambdas/catalog/probes/function-configuration.ts';
import { decidesSoundly } from './properties.ts';

const target = { function: 'cur_ingestion' };
const now = new Date('2026-11-23T14:00:00Z');
const calm: FunctionConfiguration = {
  name: 'cur_ingestion',
  exists: true,
  state: 'Active',
  lastUpdate: 'Successful',
  variables: ['LEDGER_SECRET', 'STAGE'],
  fingerprint: 'f1',
  restart: null,
  revision: 'r1',
};
const decide = (change: Partial<FunctionConfiguration>) =>
  restartFunctions.decide({ configuration: { ...calm, ...change } }, { target, now });

test.each<[string, Partial<FunctionConfiguration>, string, string]>([
  ['as it should be', {}, 'act', 'restart'],
  ['idle', { state: 'Inactive' }, 'act', 'restart'],
  ['restarted before', { restart: 'true' }, 'act', 'restart'],
  ['not there', { exists: false }, 'escalate', 'no-function'],
  ['failed', { state: 'Failed' }, 'escalate', 'broken'],
  ['whose update failed', { lastUpdate: 'Failed' }, 'escalate', 'broken'],
  ['in creation', { state: 'Pending' }, 'escalate', 'updating'],
  ['in an update', { lastUpdate: 'InProgress' }, 'escalate', 'updating'],
  ['of which nobody knows', { lastUpdate: 'unknown' }, 'escalate', 'updating'],
])('a function %s', (_name, change, kind, branch) => {
  expect(decide(change)).toMatchObject({ kind, branch });
});

test('the plan holds what was decided on, and no value of a variable', () => {
  expect(decide({ restart: 'a-value' })).toMatchObject({
    plan: [
      {
        action: 'restart-function',
        params: { function: 'cur_ingestion', revision: 'r1', fingerprint: 'f1' },
      },
    ],
  });
});

test('it is over when the mark of this restart is set and every other variable is as it was', () => {
  const intent = { mark: 'r0', fingerprint: 'f1' };
  const done = { ...calm, restart: 'r0' };
  const holds = (configuration: FunctionConfiguration, found: unknown = intent) =>
    restartFunctions.recovery.check({ configuration, intent: found }, { target, now });
  expect(holds(done)).toMatchObject({ healthy: true });
  expect(holds({ ...done, restart: 'another' })).toMatchObject({
    healthy: false,
    summary: expect.stringMatching(/RESTART is not what that left/) as unknown,
  });
  expect(holds({ ...done, fingerprint: 'f2' })).toMatchObject({
    healthy: false,
    summary: expect.stringMatching(/variables/) as unknown,
  });
  expect(holds({ ...done, lastUpdate: 'InProgress' })).toMatchObject({
    healthy: false,
    summary: expect.stringMatching(/InProgress/) as unknown,
  });
  expect(holds({ ...done, exists: false })).toMatchObject({
    healthy: false,
    summary: expect.stringMatching(/gone/) as unknown,
  });
  expect(holds(done, null)).toMatchObject({
    healthy: false,
    summary: expect.stringMatching(/no restart/) as unknown,
  });
  expect(holds(calm, { mark: null, fingerprint: 'f1' })).toMatchObject({
    healthy: true,
    summary: expect.stringMatching(/had its restart undone/) as unknown,
  });
  expect(holds(done, { mark: null, fingerprint: 'f1' })).toMatchObject({ healthy: false });
  expect(
    restartFunctions.target.safeParse(restartFunctions.targetOf({ name: '', changedAt: now })).success,
  ).toBe(true);
});

decidesSoundly(restartFunctions, {
  finding: fc.record({
    configuration: fc.record({
      name: fc.constantFrom('cur_ingestion', 'allocation_runner'),
      exists: fc.boolean(),
      state: fc.constantFrom('Active', 'Inactive', 'Pending', 'Failed', 'unknown'),
      lastUpdate: fc.constantFrom('Successful', 'InProgress', 'Failed', 'unknown'),
      variables: fc.array(fc.string(), { maxLength: 4 }),
      fingerprint: fc.constantFrom('f1', 'f2'),
      restart: fc.option(fc.string()),
      revision: fc.uuid(),
    }),
  }),
  target,
  mayNotAct: ({ configuration: { exists, lastUpdate } }) => !exists || lastUpdate !== 'Successful',
  cites: ({ configuration: { name } }) => [name],
});
