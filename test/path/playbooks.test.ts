import { playbooks } from '../../lambdas/playbooks/registry.ts';
import { openAccount, type Account } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await openAccount();
});
afterAll(() => account.close());

const alarms = playbooks.flatMap(({ id, section, coverage, alarms }) =>
  alarms.map(({ name, severity }) => ({ name, severity, id, section, coverage })),
);

test('there are the six alarms of the runbook, and one for the signals', () => {
  expect(alarms.map(({ name }) => name).sort()).toEqual([
    'allocation-variance',
    'allocation-variance-critical',
    'budget-stale',
    'cur-freshness',
    'invoice-lag',
    'signals-missing',
    'tag-coverage-drop',
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
  expect(message?.message).toContain(`alarm ${alarm.name} since`);
  expect(message?.message).toContain(`somebody tries ${alarm.name}`);
  if (alarm.coverage === 'escalates-only') {
    expect(run).toMatchObject({
      outcome: 'escalated',
      why: `nothing was looked at: section “${alarm.section}” of the runbook is not automated yet; work through it by hand`,
      evidence: [],
    });
    expect(message?.message).toMatch(/Asked of you: {3}take over/);
    expect(message?.message).toContain(`Runbook section ${alarm.section}`);
    expect(message?.message).toContain(`(${alarm.severity})`);
  } else {
    expect(run?.outcome).toBe('self-healed');
  }

  const okays = () => account.told('commercial-ops-alarms', new RegExp(`^OK: "${alarm.name}"`));
  await account.until('the alarm to be OK again', () => okays().length >= 2, 60);
  expect(account.told('commercial-ops-sre', /unrecognised/)).toEqual([]);
  expect(account.executions()).toHaveLength(known + 1);
});
