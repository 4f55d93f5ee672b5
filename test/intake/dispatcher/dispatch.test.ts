import { RunRequest } from '../../../lambdas/domain/run-request.ts';
import { digestOf } from '../../../lambdas/intake/alarm-events/received.ts';
import { runIdOfAlarm } from '../../../lambdas/intake/start/run-id.ts';
import { alarmDetail } from '../../fixtures/envelopes/details.ts';
import {
  CONTRIBUTORS,
  ENVELOPES,
  direct,
  eventBridge,
  notification,
  snsRecord,
  sqsRecord,
} from '../../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../../fixtures/envelopes/messages.ts';
import { NON_ALARMS } from '../../fixtures/envelopes/non-alarms.ts';
import { expected, transition } from '../../fixtures/envelopes/transitions.ts';
import { awsError } from './fake-aws.ts';
import { CONTEXT, bootDispatcher } from './boot.ts';

const world = bootDispatcher();
/** Bodies of messages, without the marks that say of what people were told. */
const keptBodies = () => [...world.aws.objects.keys()].filter((key) => !key.includes('/told/'));
const dispatch = (event: unknown) => world.dispatch(event, CONTEXT);
const sns = (...messages: unknown[]) => ({ Records: messages.map((message) => snsRecord(message)) });

describe('an alarm in ALARM', () => {
  it('starts a run of its playbook, named by alarm and transition, with the alarm in the request', async () => {
    const facts = transition();
    const run = runIdOfAlarm('cur-freshness', expected(facts));
    expect(await dispatch(sns(classicMessage(facts)))).toEqual({
      handled: [{ did: 'started', run, alarm: 'cur-freshness' }],
    });
    const request = {
      run,
      playbook: 'cur-freshness',
      cause: { kind: 'alarm', alarm: expected(facts) },
      mode: 'live',
    };
    expect(world.runs()).toEqual([request]);
    expect(RunRequest.safeParse(request).error).toBeUndefined();
    expect(world.log).toContainEqual(
      expect.objectContaining({ message: 'run started', run, state: 'ALARM' }),
    );
  });

  it('starts one run, delivered a thousand times by every envelope at once', async () => {
    const facts = transition();
    const deliveries = Array.from({ length: 1_000 }, (_, index) =>
      ENVELOPES[index % ENVELOPES.length]?.wrap(facts),
    );
    await Promise.all(deliveries.map(dispatch));
    expect(world.runs()).toHaveLength(1);
    expect(world.told).toEqual([]);
  });

  it('starts one run even where two envelopes word the transition differently', async () => {
    const facts = transition();
    await dispatch(sns(classicMessage(facts)));
    const answer = await dispatch(direct({ ...facts, reason: 'in other words' }));
    expect(answer).toMatchObject({ handled: [{ did: 'already-started', run: world.runs()[0]?.run }] });
    expect(world.runs()).toHaveLength(1);
  });

  it('starts each of many in one event', async () => {
    const moments = Array.from({ length: 25 }, (_, index) =>
      new Date(Date.UTC(2025, 8, 1, index)).toISOString(),
    );
    const messages = moments.map((changedAt) => classicMessage(transition({ changedAt })));
    await dispatch(sns(...messages));
    expect(new Set(world.runs().map(({ run }) => run)).size).toBe(25);
  });

  it('starts a run from ALARM to ALARM too: a composite whose suppressor let go', async () => {
    await dispatch(direct(transition({ previous: 'ALARM', kind: 'composite' })));
    expect(world.runs()).toHaveLength(1);
  });

  it('starts nothing while it is suppressed', async () => {
    const facts = transition();
    const answer = await dispatch(
      eventBridge(alarmDetail(facts, { actionsSuppressedBy: 'WaitPeriod' }), facts),
    );
    expect(answer).toEqual({
      handled: [
        { did: 'ignored', alarm: 'cur-freshness', reason: 'its actions are suppressed by WaitPeriod' },
      ],
    });
    expect(world.aws.calls).toEqual([]);
  });

  it('of no playbook is told to people, with its message kept', async () => {
    const message = classicMessage(transition({ name: 'disk-full' }));
    await dispatch(sns(message));
    expect(world.runs()).toEqual([]);
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.subject).toContain('no playbook has the alarm "disk-full"');
    const body = JSON.stringify(message);
    expect(world.aws.objects.get(`unrecognised/2025-09-14/${digestOf(body)}`)).toBe(body);
  });

  it('of no playbook that comes and goes is told once an hour, each of its messages kept', async () => {
    const changes = ['06:05', '06:15', '06:45', '07:02'];
    for (const time of changes)
      await dispatch(
        sns(classicMessage(transition({ name: 'disk-full', changedAt: `2025-09-14T${time}:00.000Z` }))),
      );
    await dispatch(sns(classicMessage(transition({ name: 'no-memory' }))));
    expect(world.told.map(({ subject }) => /alarm "([\w-]+)"/.exec(subject)?.[1])).toEqual([
      'disk-full',
      'disk-full',
      'no-memory',
    ]);
    const kept = [...world.aws.objects.keys()].filter((key) => /^unrecognised\/[^/]+\/\w{64}$/.test(key));
    expect(kept).toHaveLength(changes.length + 1);
  });
});

describe.each(CONTRIBUTORS.map((wrap, index) => [index, wrap] as const))(
  'what one contributor says, form %i,',
  (_index, wrap) => {
    it('in OK wakes nobody: the alarm as a whole may stand', async () => {
      world.aws.objects.set(
        'waiting/cur-freshness/r.json',
        JSON.stringify({ callbackId: 'c', run: 'r', since: '2025-09-14T06:00:00.000Z' }),
      );
      await dispatch(wrap(transition({ state: 'OK', previous: 'ALARM' })));
      expect(world.log).toMatchObject([
        { message: 'alarm ignored', reason: expect.stringMatching(/^its contributor/) as unknown },
      ]);
      expect(world.aws.calls).toEqual([]);
      expect(world.told).toEqual([]);
    });

    it('in ALARM starts the one run of the alarm’s own transition', async () => {
      const whole = expected(transition());
      world.readBack = async (claims) => {
        expect(claims).toMatchObject([{ contributor: expect.stringMatching(/./) as unknown }]);
        return [{ confirms: 'yes', alarm: whole }];
      };
      for (const minute of [10, 20])
        await dispatch(wrap(transition({ changedAt: `2025-09-14T07:${minute}:00.000Z` })));
      expect(world.runs().map(({ run }) => run)).toEqual([runIdOfAlarm('cur-freshness', whole)]);
    });

    it('in ALARM of no playbook is told once for all contributors', async () => {
      const whole = expected(transition({ name: 'disk-full' }));
      world.readBack = async () => [{ confirms: 'yes', alarm: whole }];
      for (const minute of [10, 20])
        await dispatch(wrap(transition({ name: 'disk-full', changedAt: `2025-09-14T07:${minute}:00.000Z` })));
      expect(world.told).toHaveLength(1);
    });
  },
);

describe('an alarm of another account or Region', () => {
  const says = (counts: boolean) => {
    world.readBack = async (claims) => claims.map(() => ({ confirms: 'elsewhere', counts, why: 'not here' }));
  };

  it.each(['ALARM', 'OK'] as const)(
    '%s starts, wakes and ends nothing; people are told once an hour',
    async (state) => {
      says(false);
      world.aws.objects.set('waiting/cur-freshness/r.json', JSON.stringify({ callbackId: 'c', run: 'r' }));
      for (const minute of [10, 20])
        await dispatch(
          sns(classicMessage(transition({ state, changedAt: `2025-09-14T06:${minute}:00.000Z` }))),
        );
      expect(world.runs()).toEqual([]);
      expect(world.aws.callbacks).toEqual([]);
      expect(world.told).toHaveLength(1);
    },
  );

  it('that is configured to count is looked into, by one dry run an hour', async () => {
    says(true);
    for (const minute of [10, 20])
      await dispatch(sns(classicMessage(transition({ changedAt: `2025-09-14T06:${minute}:00.000Z` }))));
    expect(world.runs()).toMatchObject([{ mode: 'dry-run', cause: { unproven: 'not here' } }]);
    expect(world.told).toHaveLength(1);
  });
});

describe('an alarm in another state', () => {
  it.each(['INSUFFICIENT_DATA', 'OK'] as const)('%s is logged as ignored, with the reason', async (state) => {
    const answer = await dispatch(sns(classicMessage(transition({ state, previous: 'ALARM' }))));
    expect(answer).toMatchObject({ handled: [{ did: 'ignored' }] });
    expect(world.log).toEqual([
      {
        level: 'info',
        message: 'alarm ignored',
        alarm: 'cur-freshness',
        state,
        previous: 'ALARM',
        via: 'SNS',
        reason: expect.stringContaining(state) as string,
      },
    ]);
    expect(world.runs()).toEqual([]);
  });

  it('OK of an alarm without a playbook is no reason to call anybody', async () => {
    await dispatch(sns(classicMessage(transition({ name: 'disk-full', state: 'OK' }))));
    expect(world.told).toEqual([]);
  });
});

describe('what is no alarm', () => {
  it.each(NON_ALARMS)('$what starts nothing', async ({ message, kind }) => {
    await dispatch(sns(message));
    await dispatch({ Records: [sqsRecord(notification(message))] });
    expect(world.runs()).toEqual([]);
    expect(world.told).toHaveLength(kind === 'unrecognised' ? 1 : 0);
    expect(keptBodies()).toHaveLength(kind === 'unrecognised' ? 1 : 0);
  });

  it('is told with digest, size and place, but never with its content', async () => {
    const body = 'tenant Acme Ltd. has not paid 1,000,000';
    await dispatch(sns(body));
    const [message] = world.told;
    expect(message?.topicArn).toMatch(/responder-sre$/);
    expect(message?.body).toContain(digestOf(body));
    expect(message?.body).toContain(`s3://responder-record/unrecognised/2025-09-14/${digestOf(body)}`);
    expect(message?.body).toContain(`${body.length} bytes`);
    expect(message?.body).not.toContain('Acme');
  });

  it('is told again when telling or keeping failed before: nothing is lost between the two', async () => {
    world.notifyFault = awsError('InternalError');
    await expect(dispatch(sns('garbage'))).rejects.toThrow(/1 of 1/);
    expect(world.aws.objects.size).toBe(0);
    world.notifyFault = undefined;
    world.aws.fault = (operation) => (operation === 'PutObject' ? awsError('SlowDown') : undefined);
    await expect(dispatch(sns('garbage'))).rejects.toThrow(/1 of 1/);
    world.aws.fault = () => undefined;
    await dispatch(sns('garbage'));
    expect(world.told).toHaveLength(2);
    expect(keptBodies()).toHaveLength(1);
  });
});

describe('an alarm that CloudWatch does not confirm', () => {
  const says = (confirms: 'no' | 'unknown') => {
    world.readBack = async (claims) => claims.map(() => ({ confirms, why: 'it is OK' }));
  };

  it('starts one run an hour, which says so, whatever else the messages claim; people are told once', async () => {
    says('no');
    const claims = Array.from({ length: 40 }, (_, minute) =>
      classicMessage(transition({ changedAt: new Date(Date.UTC(2025, 8, 1, 0, minute)).toISOString() })),
    );
    await dispatch(sns(...claims));
    const [request, ...others] = world.runs();
    expect(others).toEqual([]);
    expect(request?.run).toMatch(/^cur-freshness-unproven-/);
    expect(request?.mode).toBe('dry-run');
    expect(request?.cause).toMatchObject({
      kind: 'alarm',
      unproven: 'it is OK',
      alarm: { name: 'cur-freshness', reason: '' },
    });
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.subject).toMatch(/^\[not confirmed\] 40 alarms that CloudWatch does not confirm/);
  });

  it('and that says OK wakes nobody', async () => {
    says('no');
    world.aws.objects.set(
      'waiting/cur-freshness/r.json',
      JSON.stringify({ callbackId: 'c', run: 'r', since: '2025-09-14T06:00:00.000Z' }),
    );
    const forged = transition({ state: 'OK', previous: 'ALARM', changedAt: '2099-01-01T00:00:00.000Z' });
    expect(await dispatch(sns(classicMessage(forged)))).toMatchObject({ handled: [{ did: 'unproven' }] });
    expect(world.aws.callbacks).toEqual([]);
    expect(world.runs()).toEqual([]);
  });

  it('because CloudWatch is away is looked into; people are told once an hour, and of no forgery', async () => {
    says('unknown');
    for (const changedAt of ['2025-09-14T05:00:00.000Z', '2025-09-14T05:30:00.000Z'])
      await dispatch(sns(classicMessage(transition({ changedAt }))));
    expect(world.runs()).toMatchObject([{ cause: { unproven: 'it is OK' }, mode: 'dry-run' }]);
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.body).toMatch(/the sweep starts the run of each alarm that stands/);
    expect(world.told[0]?.body).not.toMatch(/find its sender/);
  });
});

describe('many messages', () => {
  it('that nobody understands are told once an hour, with their number, and all are kept', async () => {
    const garbage = (from: number) => Array.from({ length: 200 }, (_, index) => `garbage ${from + index}`);
    await dispatch(sns(...garbage(0)));
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.subject).toBe('unrecognised message: "text that is no JSON" (and 199 others)');
    await dispatch(sns(...garbage(200)));
    expect(world.told).toHaveLength(1);
    expect(keptBodies()).toHaveLength(400);
  });

  it('beyond 500 in one event come again: no event starts any number of runs', async () => {
    const records = Array.from({ length: 501 }, (_, index) =>
      sqsRecord(classicMessage(transition()), `message-${index}`),
    );
    expect(await dispatch({ Records: records })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-500' }],
    });
    await expect(dispatch(sns(...Array.from({ length: 501 }, () => 'x')))).rejects.toThrow(/1 of 501/);
  });
});

describe('a message that cannot be handled now', () => {
  const good = transition();
  const bad = transition({ name: 'budget-stale' });
  const failBad = () => {
    world.aws.fault = (operation, subject) =>
      operation === 'Invoke' && subject.startsWith('budget-stale')
        ? awsError('TooManyRequestsException')
        : undefined;
  };

  it('fails the event after all others were handled, so that Lambda repeats it', async () => {
    failBad();
    const event = sns(classicMessage(bad), 'garbage', classicMessage(good));
    await expect(dispatch(event)).rejects.toThrow('1 of 3 message(s) could not be handled; the others were');
    expect(world.runs()).toMatchObject([{ playbook: 'cur-freshness' }]);
    expect(world.told).toHaveLength(1);
    expect(world.log).toContainEqual(expect.objectContaining({ level: 'error', alarm: 'budget-stale' }));

    world.aws.fault = () => undefined;
    await dispatch(event);
    expect(world.runs().map(({ playbook }) => playbook)).toEqual(['cur-freshness', 'budget-stale']);
    expect(world.told).toHaveLength(1);
  });

  it('is handed back to its queue alone', async () => {
    failBad();
    const records = [
      sqsRecord(notification(classicMessage(bad)), 'bad'),
      sqsRecord('garbage', 'garbage'),
      sqsRecord(notification(classicMessage(good)), 'good'),
    ];
    expect(await dispatch({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(world.runs()).toMatchObject([{ playbook: 'cur-freshness' }]);
    world.aws.fault = () => undefined;
    expect(await dispatch({ Records: records })).toEqual({ batchItemFailures: [] });
  });

  it('fails the event where only some messages could be handed back', async () => {
    failBad();
    const [queued, published] = [sqsRecord(classicMessage(bad), 'bad'), snsRecord(classicMessage(bad))];
    const event = { Records: [sqsRecord(classicMessage(good), 'good'), queued, published] };
    await expect(dispatch(event)).rejects.toThrow(/2 of 3/);
    expect(world.runs()).toHaveLength(1);
  });
});
