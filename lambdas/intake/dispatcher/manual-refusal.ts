import type { JsonObject } from '../alarm-events/json.ts';
import type { Mistake } from './manual-call.ts';
import type { Call } from './manual-handling.ts';

/** What is wrong with a call, all of it, and what a right one looks like. */
export function refuse(mistakes: readonly Mistake[], payload: JsonObject, call: Call): unknown {
  call.log.warn('a manual call was refused', { mistakes });
  return {
    error: `${mistakes.length === 1 ? 'one thing is' : `${mistakes.length} things are`} wrong with this call; nothing was started`,
    mistakes,
    example: example(payload, call),
  };
}

/** A right call of the kind and playbook that the person most likely meant. */
function example(payload: JsonObject, { playbookById, playbookIds, now }: Call): unknown {
  if (Object.hasOwn(payload, 'status') && !Object.hasOwn(payload, 'run'))
    return { status: 'cur-freshness-20250914T060532-1f2e3d4c5b6a' };
  const person = {
    mode: 'dry-run',
    by: 'ada@example.com',
    reason: 'checking the late delivery',
    request: 'OPS-1234',
  };
  if (Object.hasOwn(payload, 'replay') && !Object.hasOwn(payload, 'run')) {
    return { replay: 'cur-freshness-20250914T060532-1f2e3d4c5b6a', ...person };
  }
  const wanted = typeof payload['run'] === 'string' ? playbookById(payload['run']) : undefined;
  const playbook = wanted ?? playbookById(playbookIds[0] ?? '');
  if (!playbook) return undefined;
  const target = playbook.targetOf({ name: playbook.alarms[0]?.name ?? playbook.id, changedAt: now() });
  return { run: playbook.id, target, ...person };
}
