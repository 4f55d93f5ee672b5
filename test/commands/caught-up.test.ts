import { caughtUp } from '../../lambdas/commands/each/skipped.ts';
import { requesterOf, type Cause, type RunRequest } from '../../lambdas/domain/run-request.ts';
import { causes } from '../support/facts.ts';

const caller = { arn: 'arn:aws:iam::012345678901:user/sre-two', person: 'sre-two' };
const at = '2026-11-24T08:00:00.000Z';
const skipped = (cause: Cause, mode: RunRequest['mode'] = 'live'): RunRequest => ({
  run: 'runner-backlog-x',
  playbook: 'runner-backlog',
  target: { group: 'runners' },
  mode,
  cause,
});
const again = (request: RunRequest) => caughtUp({ run: request.run, request }, { caller, reason: 'now', at });

test.each(Object.entries(causes).filter(([, cause]) => !('incident' in cause)))(
  'a skipped %s keeps its kind, target and mode, and its requester is who catches up',
  (kind, cause) => {
    for (const mode of ['live', 'dry-run'] as const) {
      const request = again(skipped(cause, mode));
      expect(request).toMatchObject({ playbook: 'runner-backlog', target: { group: 'runners' }, mode });
      expect(request?.cause.kind).toBe(kind === 'alarm' ? 'sweep' : kind);
      expect(request && requesterOf(request)).toEqual(caller);
      expect(request?.run).not.toBe('runner-backlog-x');
      expect(again(skipped(cause, mode))?.run).toBe(request?.run);
    }
  },
);

test('an undo names the run that it undoes, a replay the run and the evidence that it replays', () => {
  expect(again(skipped(causes.undo))?.cause).toMatchObject({ kind: 'undo', of: causes.undo.of });
  expect(again(skipped(causes.replay))?.cause).toMatchObject({
    kind: 'replay',
    of: causes.replay.of,
    evidence: causes.replay.evidence,
  });
});

test('a check whether an incident is over is not caught up: the sweep makes one each hour', () => {
  expect(again(skipped(causes.recovery))).toBeUndefined();
  expect(again(skipped(causes.upstream))).toBeUndefined();
});

test('an alarm that one person caught up with is another one’s when caught up again', () => {
  const first = again(skipped(causes.alarm));
  const other = { ...caller, person: 'finops-one' };
  const second = caughtUp({ run: 'second', request: first }, { caller: other, reason: 'now', at });
  expect(second && requesterOf(second)).toEqual(other);
});
