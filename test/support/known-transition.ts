import type { Services } from '../../sandbox/services.ts';

/** CloudWatch remembers a transition that a test delivers by itself, and that it is over. */
export async function knownTransition(
  { cloudwatch }: Pick<Services, 'cloudwatch'>,
  name: string,
  { state, at, reason }: { readonly state: string; readonly at: string; readonly reason: string },
): Promise<void> {
  await cloudwatch.history.add(name, 'StateUpdate', new Date(at), `Alarm updated to ${state}`, {
    newState: { stateValue: state, stateReason: reason },
  });
  const alarm = cloudwatch.alarms.get(name);
  if (!alarm) throw new Error(`there is no alarm ${name}`);
  const over = new Date(Date.parse(at) + 1).toISOString();
  await cloudwatch.alarms.put(name, { ...alarm, state: { ...alarm.state, at: over }, transitionedAt: over });
}
