import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { itemsByHand } from '../../scripts/runbook/by-hand.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const world = bootWorld({ settled: true }, account);

const alarms = playbooks.flatMap(({ id, alarms }) =>
  alarms.map(({ name }, i) => ({ name, id, isFirst: i === 0 })),
);

test('the stack has just the alarms that the playbooks declare, and those that the runbook by hand names', () => {
  const made = world.services.cloudwatch.alarms
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
  const known = world.executions().length;
  const told = world.notices('commercial-ops-sre').length;
  await world.setAlarm(alarm.name, 'ALARM', `somebody tries ${alarm.name}`);
  const [run, ...more] = await world.runsAfter(known);
  expect(more).toEqual([]);
  expect(run).toMatchObject({ playbook: alarm.id, mode: 'live' });
  expect(world.executions()[known]?.input).toMatchObject({
    cause: { kind: 'alarm', alarm: { name: alarm.name } },
  });

  const [message] = world
    .notices('commercial-ops-sre')
    .slice(told)
    .filter(({ attributes }) => attributes['event'] !== undefined);
  // Of an incident that comes back within the day and heals again nobody is told once more.
  if (!alarm.isFirst) expect(message).toBeUndefined();
  else {
    expect(message?.message).toContain(`Alarm:          ${alarm.name} since`);
    expect(message?.message).toContain(`somebody tries ${alarm.name}`);
  }
  // Nothing is wrong; only the running month has never been reconciled.
  expect(run?.outcome).toBe(alarm.name === 'recon-failed' ? 'resolved' : 'self-healed');

  const okays = () => world.notices('commercial-ops-alarms', new RegExp(`^OK: "${alarm.name}"`));
  await world.until('the alarm to be OK again', () => okays().length >= 2, 60);
  expect(world.notices('commercial-ops-sre', /unrecognised/)).toEqual([]);
  expect(world.executions()).toHaveLength(known + 1);
});
