import { snsRecord } from '../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../fixtures/envelopes/messages.ts';
import { expected, transition } from '../fixtures/envelopes/transitions.ts';
import { awsError } from '../intake/dispatcher/fake-aws.ts';
import { CONTEXT, bootDispatcher } from '../intake/dispatcher/boot.ts';

const ok = transition({ state: 'OK', previous: 'ALARM' });
const prefix = 'waiting/cur-freshness';

const world = bootDispatcher();
const dispatchOk = () => world.dispatch({ Records: [snsRecord(classicMessage(ok))] }, CONTEXT);
const wait = (run: string, more: object = {}, alarm = 'cur-freshness') =>
  world.aws.objects.set(
    `waiting/${alarm}/${run}.json`,
    JSON.stringify({ callbackId: `callback-of-${run}`, run, ...more }),
  );

it('tells an OK to every run that waits for this alarm, and to no other', async () => {
  for (const run of ['a', 'b', 'c', 'd', 'e']) wait(run);
  wait('elsewhere', {}, 'cur-freshness/nested');
  wait('another', {}, 'cur-freshness-critical');
  expect(await dispatchOk()).toEqual({
    handled: [{ did: 'told-waiting-runs', runs: ['a', 'b', 'c', 'd', 'e'], alarm: 'cur-freshness' }],
  });
  expect(world.aws.callbacks).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((run) => ({ id: `callback-of-${run}`, result: expected(ok) })),
  );
  expect([...world.aws.objects.keys()]).toEqual([
    'waiting/cur-freshness/nested/elsewhere.json',
    'waiting/cur-freshness-critical/another.json',
  ]);
});

it.each(['CallbackTimeoutException', 'ResourceNotFoundException'])(
  'forgets a run that no longer waits (%s)',
  async (gone) => {
    wait('a');
    world.aws.fault = (operation) => (operation.startsWith('SendDurable') ? awsError(gone) : undefined);
    expect(await dispatchOk()).toMatchObject({ handled: [{ did: 'ignored' }] });
    expect(world.aws.objects.size).toBe(0);
  },
);

it('comes again for a run that could not be reached, after having told the others', async () => {
  for (const run of ['a', 'b', 'c']) wait(run);
  world.aws.fault = (_, subject) => (subject === 'callback-of-b' ? awsError('ServiceException') : undefined);
  await expect(dispatchOk()).rejects.toThrow(/1 of 1/);
  expect(world.aws.callbacks.map(({ id }) => id)).toEqual(['callback-of-a', 'callback-of-c']);
  world.aws.fault = () => undefined;
  await dispatchOk();
  expect(world.aws.callbacks.map(({ id }) => id)).toEqual([
    'callback-of-a',
    'callback-of-c',
    'callback-of-b',
  ]);
  expect(world.aws.objects.size).toBe(0);
});

it('does not take an OK of before the alarm for its end', async () => {
  wait('late', { since: '2025-09-14T06:05:32.007Z' });
  wait('meant', { since: '2025-09-14T06:05:32.005Z' });
  await dispatchOk();
  expect(world.aws.callbacks.map(({ id }) => id)).toEqual(['callback-of-meant']);
  expect([...world.aws.objects.keys()]).toEqual([`${prefix}/late.json`]);
});

it('passes over what it cannot read or remove: the run looks for itself in the end', async () => {
  world.aws.objects.set(`${prefix}/broken.json`, '{"callbackId":');
  world.aws.objects.set(`${prefix}/strange.json`, '{"run":"x"}');
  wait('z');
  world.aws.fault = (operation) => (operation === 'DeleteObject' ? awsError('AccessDenied') : undefined);
  expect(await dispatchOk()).toMatchObject({ handled: [{ did: 'told-waiting-runs', runs: ['z'] }] });
  const problems = world.log.filter(({ level }) => level !== 'info');
  expect(problems.map(({ level, key }) => `${level} ${String(key)}`)).toEqual([
    `error ${prefix}/broken.json`,
    `error ${prefix}/strange.json`,
    `warn ${prefix}/z.json`,
  ]);
});
