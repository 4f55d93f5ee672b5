import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { itemsByHand } from '../../scripts/runbook/by-hand.ts';
import { openAccount, type Account } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await openAccount();
});
afterAll(() => account.close());

const alarms = playbooks.flatMap(({ id, alarms }) =>
  alarms.map(({ name }, i) => ({ name, id, isFirst: i === 0 })),
);

test('the stack has just the alarms that the playbooks declare, and those that the runbook by hand names', () => {
  const made = account.sandbox.services.cloudwatch.alarms
    .all()
    .map(({ settings }) => settings)
    .filter(({ description }) => /\(playbook [a-z-]+\)$/.test(description ?? ''));
  expect(made.map(({ name }) => name).sort()).toEqual(alarms.map(({ name }) => name).sort());
  const named = itemsByHand().flatMap(({ text }) =>
    /alarm /i.test(text) ? [...text.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name) : [],
  );
  expect(named.length).toBeGreaterThan(5);
  expect(alarms.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
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
  if (!alarm.isFirst) expect(message).toBeUndefined();
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
