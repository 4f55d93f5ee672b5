import type { RunStory, Story } from '../story.ts';

/** It acts once for one cause, whatever is delivered again, dies or is answered by nobody. */
export function once({ acts, acting }: Story): string[] {
  const twice = [
    ...Map.groupBy(
      acts.filter(({ action }) => action !== undefined),
      ({ action, name }) => `${action} (${name})`,
    ),
  ]
    .filter(([, sent]) => sent.length > 1)
    .map(([action, sent]) => `acts twice: ${action} was sent ${sent.length} times`);
  const perCause = [...Map.groupBy(acting, causeOf)]
    .filter(([, runs]) => runs.length > 1)
    .map(
      ([cause, runs]) => `acts twice for one cause: ${cause} by ${runs.map(({ run }) => run).join(' and ')}`,
    );
  return [...twice, ...perCause, ...underTheirHands(acting)];
}

/** After what it did for an alarm, people are at it, or it is repaired: the same transition is no reason to act again. */
function underTheirHands(acting: Story['acting']): string[] {
  return acting.flatMap(({ run, cause, claim }) => {
    if (cause.kind !== 'sweep') return [];
    const before = acting.find(
      (other) =>
        other.claim.seq < claim.seq &&
        transitionOf(other) === transitionOf({ cause }) &&
        ['resolved', 'ineffective', 'escalated', 'failed'].includes(other.outcome ?? ''),
    );
    return before
      ? [
          `acts twice for one cause: ${before.run} ended ${before.outcome ?? ''}, and the sweep's ${run} acted on it again`,
        ]
      : [];
  });
}

function causeOf(run: Pick<RunStory, 'run' | 'cause'>): string {
  const transition = transitionOf(run);
  if (transition === undefined) return run.run;
  return run.cause.kind === 'sweep' ? `${transition}, swept at ${run.cause.slot}` : transition;
}

function transitionOf({ cause }: Pick<RunStory, 'cause'>): string | undefined {
  if (cause.kind !== 'alarm' && cause.kind !== 'sweep') return undefined;
  return `${cause.alarm.name} ${cause.alarm.state} at ${new Date(cause.alarm.changedAt).toISOString()}`;
}
