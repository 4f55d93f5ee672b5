import { playbookById } from '../../lambdas/catalog/playbooks/registry.ts';
import { byLink } from '../../lambdas/domain/acknowledger.ts';
import { People } from '../../lambdas/domain/people.ts';
import { nextMove, type Move } from '../../lambdas/escalation/next-move.ts';
import { messageName, type EscalationMessage } from '../../lambdas/domain/escalation-message.ts';
import type { CalledRun, EpisodeState, MessageRecord } from '../../lambdas/record/calls.ts';
import type { Severity } from '../../lambdas/domain/decision.ts';
import { alarmCause } from '../support/facts.ts';
import { episodeState } from '../support/episodes.ts';
import { minute } from '../support/runs.ts';

/** What the escalation does next, as a table: moments are minutes since the incident was opened. */

const people = People.parse({});
const ended = (at: number, change: Partial<CalledRun> = {}): CalledRun => ({
  run: 'r1',
  playbook: 'cur-freshness',
  outcome: 'escalated',
  why: 'because',
  cause: alarmCause,
  decision: null,
  openedAt: minute(0),
  endedAt: minute(at),
  ...change,
});
const told = (
  message: EscalationMessage,
  at: number,
  change: Partial<MessageRecord> = {},
): MessageRecord => ({
  message,
  recipient: 'sre',
  dueAt: minute(at),
  toldAt: minute(at),
  confirmed: 1,
  tries: 1,
  triedAt: minute(at),
  byRun: null,
  why: null,
  ...change,
});
const open = (severity: Severity, change: Partial<EpisodeState> = {}): EpisodeState =>
  episodeState({ severity, runs: [ended(4)], ...change });
const next = (state: EpisodeState, now: number, { onRecord = true } = {}): string => {
  const { finops = [] } = playbookById(state.playbook) ?? {};
  return inWords(nextMove({ state, now: minute(now), people, finops, retrySeconds: 300, onRecord }));
};

function inWords(move: Move): string {
  switch (move.kind) {
    case 'tell':
      return `${move.byRun ? 'count' : 'tell'} ${move.to.join('+')} ${messageName(move.message)}`;
    case 'wait':
      return `wait until ${(Date.parse(move.until) - Date.parse(minute(0))) / 60_000}`;
    case 'raise':
      return `raise to ${move.to}`;
    default:
      return move.kind;
  }
}

const acknowledged = (severity: Severity, at: number) => ({ by: 'sre-one', at: minute(at), severity });
const call = (severity: Severity, level: number): EscalationMessage => ({ kind: 'call', severity, level });
const first = (severity: Severity) => told(call(severity, 1), 4);
const SECOND = { 'SEV-1': 15, 'SEV-2': 60, 'SEV-3': 240, 'SEV-4': 1_440 } as const;

describe('the first rung', () => {
  it('tells SRE and FinOps at once of a SEV-1', () => {
    expect(next(open('SEV-1', { runs: [] }), 0)).toBe('tell sre+finops SEV-1/rung-1');
  });
  it('is the message of the run that ended without a repair: its subscribers are counted', () => {
    expect(next(open('SEV-3'), 5)).toBe('count sre SEV-3/rung-1');
    expect(next(open('SEV-1', { severityCause: 'run', severitySince: minute(4) }), 5)).toBe(
      'count sre+finops SEV-1/rung-1',
    );
  });
  it('leaves the machine half of the time, and no more', () => {
    expect(next(open('SEV-2', { runs: [ended(0, { endedAt: null })] }), 5)).toBe('wait until 30');
    expect(next(open('SEV-2', { runs: [] }), 30)).toBe('tell sre SEV-2/rung-1');
  });
});

describe.each(['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4'] as const)('%s', (severity) => {
  const limit = SECOND[severity];
  const called = open(severity, { told: [first(severity)] });
  // The rung is due when it should have been, not when it was told.
  const since = { ...called, told: [{ ...first(severity), dueAt: minute(0) }] };

  it('calls the next rung when its time is over, and not before', () => {
    expect(next(since, limit - 1)).toBe(`wait until ${limit}`);
    expect(next(since, limit)).toBe(`tell lead ${severity}/rung-2`);
  });
  it('goes on to the last level, and falls silent only where it is not called again', () => {
    const { rungs, repeat } = people.ladders[severity];
    const all = rungs.map((to, i) => told(call(severity, i + 1), i * limit, { recipient: to[0] ?? 'sre' }));
    const last = { ...since, told: [...since.told, ...all.slice(1)] };
    const over = rungs.length * limit;
    expect(next(last, over - 1)).toMatch(/^(wait|raise)/);
    const again = `tell ${(rungs[0] ?? []).join('+')} ${severity}/rung-${rungs.length + 1}`;
    expect(next(last, over)).toMatch(repeat === 0 ? /^(wait|raise)/ : again);
  });
  it('calls nobody else once it is acknowledged', () => {
    expect(next({ ...since, acknowledged: acknowledged(severity, limit - 1) }, limit + 1)).toBe(
      `tell sre acknowledged/${severity}`,
    );
  });
  it('goes to the next rung at once when nobody has subscribed', () => {
    const nobody = told(call(severity, 1), 4, { confirmed: 0, toldAt: null });
    expect(next({ ...called, told: [nobody] }, 4)).toBe(`tell lead ${severity}/rung-2`);
  });
});

describe('an acknowledgement', () => {
  const taken = (by: string, change: Partial<EpisodeState> = {}): EpisodeState =>
    open('SEV-2', {
      told: [told(call('SEV-2', 1), 4, { confirmed: 2 }), told(call('SEV-2', 2), 60, { recipient: 'lead' })],
      acknowledged: { by, at: minute(70), severity: 'SEV-2' },
      ...change,
    });
  const news = { kind: 'acknowledged', severity: 'SEV-2' } as const;

  it('is announced once to everybody who was called, and to nobody else', () => {
    expect(next(taken('sre-one'), 70)).toBe('tell sre+lead acknowledged/SEV-2');
    const { told: before } = taken('sre-one');
    const sre = told(news, 70);
    expect(next(taken('sre-one', { told: [...before, sre] }), 71)).toBe('tell lead acknowledged/SEV-2');
    const both = [...before, sre, told(news, 70, { recipient: 'lead' })];
    expect(next(taken('sre-one', { told: both }), 71)).toMatch(/^wait/);
    expect(next(taken('sre-one', { told: [] }), 71)).toMatch(/^wait/);
  });
  it('is not announced to the only reader of the topic whose link was used', () => {
    expect(next(taken(byLink('lead', 'Ada')), 70)).toBe('tell sre acknowledged/SEV-2');
    // Its other readers have not done it.
    expect(next(taken(byLink('sre', 'Ada')), 70)).toBe('tell sre+lead acknowledged/SEV-2');
    // A name that names another topic is a name.
    expect(next(taken(byLink('sre', 'link of lead')), 70)).toBe('tell sre+lead acknowledged/SEV-2');
  });
  it('is no news an hour later, when it is over, or once a higher severity calls again', () => {
    const failed = [
      ...taken('sre-one').told,
      told(news, 70, { toldAt: null }),
      told(news, 70, { recipient: 'lead' }),
    ];
    expect(next(taken('sre-one', { told: failed }), 76)).toBe('tell sre acknowledged/SEV-2');
    for (const state of [taken('sre-one'), taken('sre-one', { told: failed })]) {
      expect(next(state, 130)).not.toMatch(/acknowledged/);
      const closed = { at: minute(75), by: 'sre-one', run: null };
      expect(next({ ...state, closed }, 76)).not.toMatch(/acknowledged/);
      const raised = { ...state, severity: 'SEV-1', severitySince: minute(75) } as const;
      expect(next(raised, 76)).toMatch(/SEV-1\/rung-1/);
    }
  });
  it('of a higher severity is announced again', () => {
    const all = [...taken('a').told, told(news, 70), told(news, 70, { recipient: 'lead' })];
    const again = taken('a', { told: all, severity: 'SEV-1', acknowledged: acknowledged('SEV-1', 90) });
    expect(next(again, 90)).toBe('tell sre+lead acknowledged/SEV-1');
  });
});

describe('while nobody acknowledges', () => {
  /** Everybody who is called in a week, and when, in minutes. */
  const week = (severity: Severity, confirmed: number): number[] => {
    let state = open(severity, { severityCause: 'persistence', joined: {} });
    const at: number[] = [];
    for (let now = 0; now < 7 * 1_440; now += 5) {
      const move = nextMove({
        state,
        now: minute(now),
        people,
        finops: [],
        retrySeconds: 300,
        onRecord: false,
      });
      if (move.kind !== 'tell' || move.message.kind !== 'call') continue;
      const { level } = move.message;
      at.push(now);
      const toldAt = confirmed === 0 ? null : minute(now);
      const more = move.to.map((recipient) =>
        told(call(severity, level), now, { recipient, confirmed, toldAt }),
      );
      state = { ...state, told: [...state.told, ...more] };
    }
    return at;
  };
  it('a SEV-1 is called until somebody does, at least hourly', () => {
    const at = week('SEV-1', 1);
    expect(at.slice(0, 8)).toEqual([0, 15, 30, 45, 60, 75, 90, 120]);
    expect(Math.max(...at.slice(1).map((one, i) => one - (at[i] ?? 0)))).toBe(60);
    expect(at.at(-1)).toBeGreaterThan(7 * 1_440 - 65);
  });
  it('a SEV-2 is called again three times', () => expect(week('SEV-2', 1)).toHaveLength(12));
  it('a SEV-3 has two levels', () => expect(week('SEV-3', 1)).toEqual([0, 240]));
  it('a ladder without subscribers is not climbed in a moment', () =>
    expect(week('SEV-1', 0).length).toBeLessThan(200));
});

test('of two recipients of a rung one is enough to be there', () => {
  const [sre, finops] = ['sre', 'finops'].map((recipient) =>
    told(call('SEV-1', 1), 0, recipient === 'sre' ? { confirmed: 0, toldAt: null } : { recipient }),
  ) as [MessageRecord, MessageRecord];
  expect(next(open('SEV-1', { told: [sre, finops] }), 1)).toBe('wait until 15');
});

test('a graver incident calls again, although somebody has acknowledged the lesser one', () => {
  const raised = open('SEV-2', {
    severityCause: 'persistence',
    severitySince: minute(1_440),
    told: [first('SEV-3')],
    acknowledged: acknowledged('SEV-3', 10),
  });
  expect(next(raised, 1_440)).toBe('tell sre SEV-2/rung-1');
});

test('what stays open becomes graver; whoever has it at hand gets the time anew; without the record nothing is raised', () => {
  const all = [first('SEV-3'), ...[2, 3].map((n) => told(call('SEV-3', n), n * 100))];
  const old = open('SEV-3', { told: all });
  expect(next(old, 1_439)).toBe('wait until 1440');
  expect(next(old, 1_440)).toBe('raise to SEV-2');
  expect(next({ ...old, acknowledged: acknowledged('SEV-3', 100) }, 1_440)).toBe('wait until 1540');
  expect(next(old, 1_440, { onRecord: false })).toMatch(/^wait/);
});

test('a message that did not come through is sent again, unless nobody waits for it any more', () => {
  const failed = told(call('SEV-3', 2), 240, { recipient: 'lead', toldAt: null, why: 'throttled' });
  const state = open('SEV-3', { told: [first('SEV-3'), failed] });
  expect(next(state, 244)).toBe('wait until 245');
  expect(next(state, 245)).toBe('tell lead SEV-3/rung-2');
  expect(next({ ...state, acknowledged: acknowledged('SEV-3', 243) }, 245)).toBe(
    'tell sre acknowledged/SEV-3',
  );
});

test('joining alarms are told of together, and ever less often', () => {
  const state = open('SEV-3', {
    told: [first('SEV-3')],
    joinedSince: minute(10),
    joined: { 'recon-failed': 31 },
  });
  expect(next(state, 14)).toBe('wait until 15');
  expect(next(state, 15)).toBe('tell sre joined/1');
  expect(
    next(
      { ...state, told: [...state.told, told({ kind: 'joined', batch: 1 }, 15)], joinedSince: minute(16) },
      20,
    ),
  ).toBe('wait until 26');
});

describe('Jira', () => {
  it('gets an issue of what is grave, at once; again after a failure, and never twice', () => {
    const grave = open('SEV-2', { jira: null });
    expect(next(grave, 1)).toBe('jira');
    const away = told({ kind: 'jira' }, 1, { recipient: 'jira', toldAt: null, confirmed: null, why: 'away' });
    expect(next({ ...grave, told: [first('SEV-2'), away] }, 5)).toBe('wait until 6');
    expect(next({ ...grave, told: [first('SEV-2'), away] }, 6)).toBe('jira');
    expect(next({ ...grave, told: [first('SEV-2'), { ...away, toldAt: minute(6) }] }, 9)).toMatch(/^wait/);
    expect(next(open('SEV-3', { jira: null, told: [first('SEV-3')] }), 9)).toMatch(/^wait/);
  });
  it('is asked no sooner than it wants, nor sooner than our own pace', () => {
    const retry = (notBefore: number) => {
      const change = { recipient: 'jira', toldAt: null, confirmed: null, notBefore: minute(notBefore) };
      const away = told({ kind: 'jira' }, 1, change);
      return open('SEV-2', { jira: null, told: [first('SEV-2'), away] });
    };
    expect(next(retry(31), 6)).toBe('wait until 31');
    expect(next(retry(31), 31)).toBe('jira');
    expect(next(retry(2), 5)).toBe('wait until 6');
  });
  it('is left alone where none is configured', () => {
    const none = told({ kind: 'jira' }, 1, { recipient: 'jira', toldAt: null, confirmed: 0 });
    expect(next(open('SEV-2', { jira: null, told: [first('SEV-2'), none] }), 500)).toMatch(/^(tell|raise)/);
  });
});

describe('an incident that is over', () => {
  const over = {
    closed: { at: minute(50), by: 'r1', run: 'r1' },
    runs: [ended(50, { outcome: 'resolved' })],
  };

  it('calls nobody', () => {
    expect(next(open('SEV-3', { ...over, jira: null }), 300)).toBe('end');
  });
  it('stands down whom it has called; SRE hear it from the run, or from here when a person ended it', () => {
    const called = [first('SEV-3'), told(call('SEV-3', 2), 240, { recipient: 'lead' })];
    expect(next(open('SEV-3', { ...over, told: called, jira: null }), 300)).toBe('tell lead stand-down');
    const person = { ...over, closed: { at: minute(50), by: 'sre-one', run: null } };
    expect(next(open('SEV-3', { ...person, told: called, jira: null }), 300)).toBe(
      'tell sre+lead stand-down',
    );
  });
  it('has its postmortem drafted, reminds after 36 hours, and escalates after 48, until it is signed', () => {
    const done = [told({ kind: 'jira-comment' }, 50, { recipient: 'jira' })];
    const grave = open('SEV-2', { ...over, told: done });
    expect(next(grave, 51)).toBe('draft');
    const drafted = { ...grave, postmortem: { draftedAt: minute(51), signedAt: null } };
    expect(next(drafted, 50 + 36 * 60 - 1)).toMatch(/^wait/);
    expect(next(drafted, 50 + 36 * 60)).toBe('tell sre reminder');
    const reminded = { ...drafted, told: [...done, told({ kind: 'reminder' }, 50 + 36 * 60)] };
    expect(next(reminded, 50 + 48 * 60 - 1)).toBe(`wait until ${50 + 48 * 60}`);
    expect(next(reminded, 50 + 48 * 60)).toBe('tell lead postmortem-late');
    expect(next({ ...drafted, postmortem: { draftedAt: minute(51), signedAt: minute(900) } }, 901)).toBe(
      'end',
    );
  });
});
