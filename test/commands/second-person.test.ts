import { standingsOf } from '../../lambdas/record/standing-orders.ts';
import { standingOf } from '../../lambdas/record/standing.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import type { PersonName } from '../../sandbox/people.ts';
import { bootWorld } from '../support/world.ts';
import { orders } from './orders.ts';

const world = bootWorld({ settled: true }, orders);

const trustOf = async (playbook: string): Promise<unknown> => {
  const { rows } = await world.pool.query<{ trust: string }>(
    'select trust from responder.standing where playbook = $1',
    [playbook],
  );
  return rows[0]?.trust;
};
const paused = async (): Promise<string[]> => {
  const { rows } = await world.pool.query<{ scope: string }>(
    'select scope from responder.switch where paused order by scope',
  );
  return rows.map(({ scope }) => scope);
};
/** Subjects of what was announced, by the topic, since the last call. */
let seen = 0;
const announced = (): string[] => {
  const all = world.services.sns.messages
    .all()
    .filter(({ subject }) => subject?.startsWith('[order]'))
    .map(({ topicArn, subject }) => `${topicArn.split('-').at(-1)} ${subject}`);
  const fresh = all.slice(seen);
  seen = all.length;
  return fresh;
};
const idOf = (answer: { data?: unknown }): string => (answer.data as { order: string }).order;

describe('trust of a playbook that moves money', () => {
  const playbook = 'payment-mismatch';
  const trust = (who: PersonName, rung: string) =>
    world.give(who, 'trust', playbook, rung, '--reason', 'seen enough');

  test('is lowered by one person, at once', async () => {
    expect(await trust('sre-one', 'shadow')).toMatchObject({ ok: true });
    expect(await trustOf(playbook)).toBe('shadow');
    expect(announced()).toHaveLength(2);
  });

  test('is raised by one level only', async () => {
    const answer = await trust('sre-one', 'auto');
    expect(answer).toMatchObject({ ok: false });
    expect(answer.text).toMatch(/has trust "shadow": nothing was changed\. Raise it by one level at a time/);
    expect(announced()).toEqual([]);
  });

  test('is raised once a second person confirms, and everybody who may approve is notified', async () => {
    const ordered = await trust('sre-one', 'approve');
    const id = idOf(ordered);
    expect(ordered.text).toMatch(/another person must confirm it by .* UTC: `confirm O-/);
    expect(await trustOf(playbook)).toBe('shadow');
    expect(announced().map((line) => line.split(' ')[0])).toEqual(['sre', 'finops']);
    expect((await world.give('finops-one', 'list')).text).toMatch(
      new RegExp(
        `wait for a second person:\n +${id} +set the trust of payment-mismatch to "approve" +by sre-one`,
      ),
    );

    expect(await world.give('sre-one', 'confirm', id)).toMatchObject({
      ok: false,
      text: `${id} is not confirmed: sre-one has given the order; another person must confirm it.`,
    });
    expect(await world.give('auditor', 'confirm', id)).toMatchObject({ ok: false, status: 403 });
    expect(await trustOf(playbook)).toBe('shadow');

    expect(await world.give('finops-one', 'confirm', id)).toMatchObject({ ok: true });
    expect(await trustOf(playbook)).toBe('approve');
    expect(await world.give('sre-two', 'confirm', id)).toMatchObject({
      ok: false,
      text: `${id} is not confirmed: finops-one has confirmed it already.`,
    });
    expect(announced().map((line) => line.split(' ')[0])).toEqual(['sre', 'finops']);
    const audited = (await world.audited()).filter(({ object_id }) => object_id === playbook);
    expect(audited.map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['responder.trust', 'sre-one'],
      ['responder.trust.ordered', 'sre-one'],
      ['responder.trust', 'finops-one'],
    ]);
  });

  test('stays as it is when nobody confirms in time', async () => {
    const id = idOf(await trust('sre-two', 'auto'));
    const { clock } = world;
    await clock.advanceTo(new Date(clock.now().getTime() + 8 * 3_600_000));
    const late = await world.give('sre-one', 'confirm', id);
    expect(late.text).toBe(`${id} is not confirmed: it has expired; give the order again.`);
    expect(await trustOf(playbook)).toBe('approve');
    announced();
  });

  test('an order that became wrong meanwhile is void', async () => {
    const id = idOf(await trust('sre-two', 'auto'));
    expect(await trust('sre-one', 'shadow')).toMatchObject({ ok: true });
    const answer = await world.give('finops-one', 'confirm', id);
    expect(answer.text).toMatch(/^O-\w+ is void: payment-mismatch has trust "shadow"/);
    const { rows } = await world.pool.query<{ by: string | null }>(
      'select closed_by as by from responder.pending_order where order_id = $1',
      [id],
    );
    expect(rows).toEqual([{ by: null }]);
    const again = await world.give('finops-one', 'confirm', id);
    expect(again.text).toMatch(/^O-\w+ is not confirmed: it is void: payment-mismatch has trust "shadow"/);
    expect(await trustOf(playbook)).toBe('shadow');
    announced();
  });
});

test('everything is switched off by one person, and on again by two', async () => {
  expect(await world.give('sre-one', 'pause', '--reason', 'look')).toMatchObject({ ok: true });
  const id = idOf(await world.give('sre-one', 'resume', '--reason', 'it was nothing'));
  expect(await paused()).toEqual(['all']);
  expect(await world.give('sre-two', 'confirm', id)).toMatchObject({ ok: true });
  expect(await paused()).toEqual([]);
});

test('a playbook that moves no money is switched on by one person, and that is announced', async () => {
  await world.give('sre-one', 'pause', 'budget-stale', '--reason', 'look');
  announced();
  expect(await world.give('sre-one', 'resume', 'budget-stale', '--reason', 'ok')).toMatchObject({ ok: true });
  expect(await paused()).toEqual([]);
  expect(announced()).toEqual(
    ['sre', 'finops'].map((topic) => `${topic} [order] sre-one has ordered: resume budget-stale`),
  );
});

test('trust is lowered although nobody can be notified', async () => {
  const { faults } = world;
  const effect = new AwsError('InternalFailure', 'down', 500);
  const id = faults.add({ service: 'sns', operation: 'Publish', when: 'before', times: 20, effect });
  const answer = await world.give('sre-one', 'trust', 'cur-freshness', 'shadow', '--reason', 'stop');
  faults.clear(id);
  expect(answer).toMatchObject({ ok: true });
  expect(await trustOf('cur-freshness')).toBe('shadow');
  await world.call('responder-sweep');
  expect(announced()).toHaveLength(2);
});

describe('an order that lets the machine do more', () => {
  const guardsSee = async (): Promise<readonly unknown[]> => {
    const about = { run: '', playbook: 'budget-stale', targetKey: '', now: world.clock.now().toISOString() };
    return (await standingOf(world.pool, about)).paused;
  };
  beforeEach(async () => {
    await world.give('sre-one', 'pause', 'budget-stale', '--reason', 'look');
    announced();
  });

  test('does not take effect before it is announced; the sweep announces it', async () => {
    const { faults } = world;
    const fault = { service: 'sns', operation: 'Publish', when: 'before' } as const;
    const id = faults.add({ ...fault, times: 20, effect: new AwsError('InternalFailure', 'down', 500) });
    const answer = await world.give('sre-one', 'resume', 'budget-stale', '--reason', 'ok');
    faults.clear(id);
    expect(answer).toMatchObject({ ok: false });
    expect(answer.text).toMatch(/^resume budget-stale: recorded, but people could not be notified of it/);
    expect(await guardsSee()).toMatchObject([
      {
        scope: 'budget-stale',
        reason: expect.stringMatching(/in effect once people are notified/) as string,
      },
    ]);
    expect((await world.give('sre-one', 'list')).text).toMatch(/Switched off:\n +budget-stale/);
    await world.call('responder-sweep');
    expect(announced()).toEqual(
      ['sre', 'finops'].map((topic) => `${topic} [order] sre-one has ordered: resume budget-stale`),
    );
    expect(await guardsSee()).toEqual([]);
  });

  test('is listed and reported as it is in effect, not as it is ordered', async () => {
    const { faults } = world;
    const fault = { service: 'sns', operation: 'Publish', when: 'before' } as const;
    const listed = async () =>
      /Trust that people have set:\n(?: +.*\n)*? +budget-stale +(.*)/.exec(
        (await world.give('sre-one', 'list')).text,
      )?.[1];
    await world.give('sre-one', 'trust', 'budget-stale', 'shadow', '--reason', 'look');
    const before = (await standingsOf(world.pool)).find(({ playbook }) => playbook === 'budget-stale');
    expect(before).toMatchObject({ trust: 'shadow', trustBy: 'sre-one', waits: false });
    announced();
    await world.pass(1);
    const id = faults.add({ ...fault, times: 20, effect: new AwsError('InternalFailure', 'down', 500) });
    await world.give('sre-one', 'trust', 'budget-stale', 'approve', '--reason', 'good');
    faults.clear(id);
    const waiting = (await standingsOf(world.pool)).find(({ playbook }) => playbook === 'budget-stale');
    expect(waiting).toMatchObject({ trust: 'shadow', trustBy: null, waits: true });
    expect(await listed()).toMatch(/^shadow +an order is in effect once people are notified/);
    await world.call('responder-sweep');
    expect(announced()).toHaveLength(2);
    expect(await listed()).toMatch(/^approve +since/);
  });

  test('is not announced if it is not recorded', async () => {
    await world.pool.query(
      `create function public.refuse() returns trigger language plpgsql as $$ begin raise 'the ledger is full'; end $$;
       create constraint trigger refuse after update on responder.switch deferrable initially deferred
         for each row execute function public.refuse()`,
    );
    const answer = await world.give('sre-one', 'resume', 'budget-stale', '--reason', 'ok');
    await world.pool.query('drop trigger refuse on responder.switch; drop function public.refuse');
    expect(answer).toMatchObject({ ok: false, text: expect.stringMatching(/the ledger is full/) as string });
    expect(announced()).toEqual([]);
    expect(await guardsSee()).toHaveLength(1);
  });
});

describe('the audit of orders', () => {
  const last = async (): Promise<unknown> =>
    (await world.pool.query(`select max(seq)::int as seq from responder.audit where chain = 'people'`))
      .rows[0];
  const anchored = (): number[] => {
    const bucket = world.services.s3.allBuckets().find(({ name }) => name.includes('-anchors-'))?.name ?? '';
    return world.services.s3
      .list(bucket, 'heads/people/')
      .map(({ key }) => Number(/(\d{8})-/.exec(key)?.[1]))
      .sort((a, b) => a - b);
  };

  test('is anchored with each order at once, and not for a look', async () => {
    await world.give('sre-one', 'pause', 'all', '--reason', 'to see');
    expect({ seq: anchored().at(-1) }).toEqual(await last());
    const before = anchored().length;
    await world.give('sre-one', 'list');
    expect(anchored()).toHaveLength(before);
  });

  test('keeps why days have no anchor, from a person who administers, once they are over', async () => {
    const day = (days: number): string =>
      new Date(world.clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
    const explain = (who: PersonName, from: string, to: string) =>
      world.give(who, 'explain-gap', from, to, '--reason', 'the account was frozen');
    expect(await explain('auditor', day(-3), day(-2))).toMatchObject({ ok: false, status: 403 });
    expect(await explain('sre-one', day(-1), day(0))).toMatchObject({ ok: false });
    expect(await explain('sre-one', day(-2), day(-3))).toMatchObject({ ok: false });
    expect(await explain('sre-one', day(-3), day(-2))).toMatchObject({ ok: true });
    const { rows } = await world.pool.query<{ body: string }>(
      `select body from responder.audit where kind = 'responder.explain-gap'`,
    );
    expect(rows.map(({ body }) => JSON.parse(body) as object)).toEqual([
      expect.objectContaining({
        person: 'sre-one',
        object: { type: 'anchors', id: `${day(-3)}/${day(-2)}` },
        why: 'the account was frozen',
      }),
    ]);
    expect({ seq: anchored().at(-1) }).toEqual(await last());
  });
});
