import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { openAccount, type Account } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await openAccount();
});
afterAll(() => account.close());

const alarms = playbooks.flatMap(({ id, alarms }) => alarms.map(({ name }) => ({ name, id })));

test('there are the alarms of the runbook, the graver ones beside them, and one for the signals', () => {
  expect(alarms.map(({ name }) => name)).toEqual([
    'cur-freshness',
    'allocation-variance',
    'allocation-variance-critical',
    'budget-stale',
    'budget-stale-critical',
    'recon-failed',
    'recon-failed-critical',
    'tag-coverage-drop',
    'tag-coverage-drop-critical',
    'invoice-lag',
    'invoice-lag-critical',
    'payment-mismatch',
    'payment-mismatch-critical',
    'quota-reached',
    'runner-backlog',
    'runner-backlog-critical',
    'signals-missing',
  ]);
});

test.each(alarms)('$name starts a run of $id, and its OK is understood', async (alarm) => {
  const known = account.executions().length;
  const told = account.told('commercial-ops-sre').length;
  await account.setAlarm(alarm.name, 'ALARM', `somebody tries ${alarm.name}`);
  const [run, ...more] = await account.runsAfter(known);
  expect(more).toEqual([]);
  expect(run).toMatchObject({ playbook: alarm.id, mode: 'live' });
  expect(account.executions()[known]?.input).toMatchObject({
    cause: { kind: 'alarm', alarm: { name: alarm.name } },
  });

  const [message] = account
    .told('commercial-ops-sre')
    .slice(told)
    .filter(({ subject }) => subject?.startsWith('['));
  // Of an incident that comes back within the day and heals again nobody is told once more.
  if (alarm.name.endsWith('-critical')) expect(message).toBeUndefined();
  else {
    expect(message?.message).toContain(`alarm ${alarm.name} since`);
    expect(message?.message).toContain(`somebody tries ${alarm.name}`);
  }
  // Nothing is wrong; only the running month has never been reconciled.
  expect(run?.outcome).toBe(alarm.name === 'recon-failed' ? 'resolved' : 'self-healed');

  const okays = () => account.told('commercial-ops-alarms', new RegExp(`^OK: "${alarm.name}"`));
  await account.until('the alarm to be OK again', () => okays().length >= 2, 60);
  expect(account.told('commercial-ops-sre', /unrecognised/)).toEqual([]);
  expect(account.executions()).toHaveLength(known + 1);
});
