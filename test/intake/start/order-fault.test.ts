import type { Cause, RunRequest } from '../../../lambdas/domain/run-request.ts';
import { faultOfCall } from '../../../lambdas/escalation/call.ts';
import { faultOfOrder } from '../../../lambdas/intake/start/order-fault.ts';
import {
  CLAIMED,
  runIdOfAlarm,
  runIdOfInvocation,
  runIdOfKey,
  runIdOfRecovery,
  runIdOfUnproven,
  runIdOfUpstream,
} from '../../../lambdas/intake/start/run-id.ts';
import {
  DOORS,
  ORDER_KEYS,
  RUN_KEYS,
  signOrder,
  type Door,
  type OrderKeys,
} from '../../../lambdas/platform/order.ts';
import { causes } from '../../support/facts.ts';
import { testKeys } from '../../support/order-keys.ts';

const PLAYBOOK = 'cur-freshness';
const HOUR = '2026-11-23T14';
const { alarm, sweep, recovery, upstream, undo } = causes;
const { caller, ...manual } = causes.manual;
const { caller: _caller, ...replay } = causes.replay;
const key = (domain: Parameters<typeof runIdOfKey>[1], mode: RunRequest['mode'] = 'live') =>
  runIdOfKey(PLAYBOOK, domain, 'a-key', mode);
const target = { period: '2026-11' };

type Given = Partial<RunRequest> & { readonly cause: Cause };
const dry = (of: Given): Given => ({ ...of, mode: 'dry-run' });
const claimed = { ...alarm, unproven: 'it is OK', hour: HOUR };
const byKey = (door: 'manual' | 'replay') => runIdOfInvocation(PLAYBOOK, door, 'invocation');

/** A key is no part of a request: that an id is of one door's keys and not another's can't be told of these. */
const rehearsals = [key('request', 'dry-run'), key('order', 'dry-run')];

/** Each kind of order, and the doors that may order it, with all ids that follow from its cause: there are no others. */
const ORDERS: readonly (readonly [what: string, of: Given, ids: Partial<Record<Door, readonly string[]>>])[] =
  [
    ['an alarm', { cause: alarm }, { alarms: [runIdOfAlarm(PLAYBOOK, alarm.alarm)] }],
    ['a rehearsal of an alarm', dry({ cause: alarm }), {}],
    ['an alarm of a person', { cause: alarm, startedBy: caller }, {}],
    ['an unconfirmed alarm', { cause: claimed }, {}],
    [
      'a rehearsal of an unconfirmed alarm',
      dry({ cause: claimed }),
      { alarms: CLAIMED.map((about) => runIdOfUnproven(PLAYBOOK, alarm.alarm.name, about, HOUR)) },
    ],
    ['a sweep', { cause: sweep }, { sweep: [runIdOfAlarm(PLAYBOOK, sweep.alarm, sweep.slot)] }],
    ['a rehearsal of a sweep', dry({ cause: sweep }), {}],
    ['a sweep of a person', { cause: sweep, startedBy: caller }, { commands: [key('catch-up')] }],
    [
      'a recovery',
      { cause: recovery, target },
      { sweep: [runIdOfRecovery(PLAYBOOK, recovery.incident, recovery.slot)] },
    ],
    ['a rehearsal of a recovery', dry({ cause: recovery, target }), {}],
    ['a recovery of a person', { cause: recovery, target, startedBy: caller }, {}],
    [
      'work on a cause',
      { cause: upstream, target },
      { sweep: [runIdOfUpstream(PLAYBOOK, upstream.incident, upstream.slot)] },
    ],
    ['a rehearsal of work on a cause', dry({ cause: upstream, target }), {}],
    ['work on a cause of a person', { cause: upstream, target, startedBy: caller }, {}],
    ['a person’s run', { cause: causes.manual, target }, { commands: [key('order'), key('catch-up')] }],
    ['a person’s rehearsal', dry({ cause: causes.manual, target }), { commands: rehearsals }],
    ['a person’s replay', { cause: causes.replay, target }, { commands: [key('order'), key('catch-up')] }],
    ['a person’s replay on what was seen', dry({ cause: causes.replay, target }), { commands: rehearsals }],
    [
      'a person’s undo',
      { cause: undo, target },
      { commands: [runIdOfKey(PLAYBOOK, 'undo', undo.of, 'live'), key('catch-up')] },
    ],
    ['a claimed person’s run', { cause: manual, target }, { manual: [key('request'), byKey('manual')] }],
    [
      'a claimed person’s rehearsal',
      dry({ cause: manual, target }),
      { manual: [...rehearsals, byKey('manual')] },
    ],
    ['a claimed person’s replay', { cause: replay, target }, { manual: [key('request'), byKey('replay')] }],
    [
      'a claimed person’s replay on what was seen',
      dry({ cause: replay, target }),
      { manual: [...rehearsals, byKey('replay')] },
    ],
  ];

const requestOf = (of: Given, run: string): RunRequest => ({
  playbook: PLAYBOOK,
  mode: 'live',
  ...of,
  run,
});
/** The runner has no key to order runs with, whatever it claims. */
async function fault(request: RunRequest, door: Door) {
  const signed = await signOrder('run', request, {
    door: door === 'runner' ? 'sweep' : door,
    keys: testKeys,
  });
  return faultOfOrder({ ...signed, proof: signed.proof.replace(/^\w+/, door) }, request, testKeys);
}

const cases = DOORS.flatMap((door) =>
  ORDERS.map(([what, of, { [door]: ids = [] }]) => ({ door, what, of, ids })),
);
const mayOrder = cases.filter(({ ids }) => ids.length > 0);
const mayNot = cases.filter(({ ids }) => ids.length === 0);

/** All ids that any door gives out, and some that none does. */
const IDS = [
  ...new Set(ORDERS.flatMap(([, , ids]) => Object.values(ids).flat())),
  runIdOfAlarm(PLAYBOOK, { ...alarm.alarm, changedAt: '2026-11-23T13:00:00.000Z' }),
  runIdOfAlarm(PLAYBOOK, { ...alarm.alarm, account: '999999999999' }),
  runIdOfAlarm(PLAYBOOK, { ...alarm.alarm, region: 'eu-central-1' }),
  runIdOfRecovery(PLAYBOOK, 'INC-another', recovery.slot),
  runIdOfKey(PLAYBOOK, 'undo', 'another', 'live'),
  runIdOfUnproven(PLAYBOOK, alarm.alarm.name, 'denied', '2026-11-23T15'),
  runIdOfKey('allocation-variance', 'order', 'a-key', 'live'),
  'cur-freshness-x',
];

test.each(mayOrder)(
  'the door $door may order $what, under exactly the ids that follow from it',
  async ({ door, of, ids }) => {
    for (const id of IDS) {
      const got = await fault(requestOf(of, id), door);
      if (ids.includes(id)) expect([id, got]).toEqual([id, undefined]);
      else expect(`${id}: ${got}`).toMatch(/: its id does not derive from its cause; wanted ./);
    }
  },
);

test.each(mayNot)('the door $door may not order $what, under any id', async ({ door, of }) => {
  for (const id of IDS)
    expect(await fault(requestOf(of, id), door)).toMatch(
      new RegExp(`^the door "${door}" may not order a .* run of cause "${of.cause.kind}" in this way$`),
    );
});

test.each(mayOrder.filter(({ of }) => 'alarm' in of.cause))(
  'of $what at the door $door, target and playbook are derived',
  async ({ door, of, ids: [id = ''] }) => {
    const request = requestOf(of, id);
    expect(await fault({ ...request, target }, door)).toMatch(/^it brings a target/);
    expect(await fault({ ...request, playbook: 'allocation-variance' }, door)).toMatch(/is none of playbook/);
    const another = { ...of.cause, alarm: { ...alarm.alarm, name: 'x' } } as Cause;
    expect(await fault({ ...request, cause: another }, door)).toMatch(/^its alarm "x" is none of playbook/);
  },
);

test.each(mayOrder)(
  'of $what at the door $door, a proof that is missing, wrong, of another order, of an episode or of a replaced key is none',
  async ({ door, of, ids: [id = ''] }) => {
    const request = requestOf(of, id);
    const old = async () => ['a-key-that-was-replaced-some-time-ago'];
    const signing = { door, keys: testKeys };
    const right = await signOrder('run', request, signing);
    const another = DOORS.find((one) => one !== door) ?? door;
    const faults = await Promise.all(
      [
        request,
        { ...right, proof: 7 },
        { ...right, proof: `${right.proof}A` },
        { ...right, proof: right.proof.replace(door, another) },
        { ...right, proof: right.proof.replace(door, 'nobody') },
        { ...right, playbook: 'allocation-variance' },
        { ...right, extra: true },
        { ...request, proof: (await signOrder('run', { ...request, run: 'another' }, signing)).proof },
        await signOrder('episode', request, signing),
        await signOrder('run', request, { door, keys: old }),
        null,
      ].map((event) => faultOfOrder(event, request, testKeys)),
    );
    for (const fault of faults) expect(fault).toMatch(/^(it has no|its) proof|^the door "\w+" may not order/);
  },
);

test('a key that was replaced a moment ago still counts while it is in the secret, and a new one at once', async () => {
  const [first = ''] = await testKeys('alarms');
  const request = requestOf({ cause: alarm }, runIdOfAlarm(PLAYBOOK, alarm.alarm));
  const signed = await signOrder('run', request, { door: 'alarms', keys: testKeys });
  const next = 'the-next-key-that-signs-the-orders';
  expect(await faultOfOrder(signed, request, async () => [next, first])).toBeUndefined();
  const bySuccessor = await signOrder('run', request, { door: 'alarms', keys: async () => [next] });
  const stale: OrderKeys = async (_, how) => (how?.fresh ? [next, first] : [first]);
  expect(await faultOfOrder(bySuccessor, request, stale)).toBeUndefined();
});

describe('a door that has leaked signs as no other:', () => {
  const signedBy = (what: 'run' | 'episode', order: object, door: Door, stolen: string) =>
    signOrder(what, order, { door, keys: async () => [stolen] });

  test.each(mayOrder)('$what in the name of $door', async ({ door, of, ids: [id = ''] }) => {
    const request = requestOf(of, id);
    for (const other of ORDER_KEYS.filter((one) => one !== door)) {
      const [stolen = ''] = await testKeys(other);
      const forged = await signedBy('run', request, door, stolen);
      expect(await faultOfOrder(forged, request, testKeys)).toMatch(
        new RegExp(`^its proof is by a key \\w+ that is not, or no longer, in the secret of "${door}"$`),
      );
    }
  });

  test('an episode in the name of runner or sweep', async () => {
    const order = { incident: 'INC-1', episode: 1 };
    for (const door of ['runner', 'sweep'] as const)
      for (const other of RUN_KEYS) {
        const [stolen = ''] = await testKeys(other);
        expect(await faultOfCall(await signedBy('episode', order, door, stolen), testKeys)).toMatch(
          /not, or no longer, in the secret of "calls"$/,
        );
      }
  });

  test('no key is read for a door that may not order this', async () => {
    const request = requestOf({ cause: alarm, mode: 'dry-run' }, 'x');
    const unread: OrderKeys = () => Promise.reject(new Error('no right to read it'));
    const signed = await signOrder('run', request, { door: 'sweep', keys: testKeys });
    expect(await faultOfOrder(signed, request, unread)).toMatch(/^the door "sweep" may not order/);
  });

  test('the runner orders no run: it has no key for that', async () => {
    await expect(signOrder('run', {}, { door: 'runner', keys: testKeys })).rejects.toThrow(/orders no run/);
  });
});
