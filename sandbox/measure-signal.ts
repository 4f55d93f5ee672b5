import { worstOf } from '../lambdas/catalog/signals/definition.ts';
import { signals } from '../lambdas/catalog/signals/registry.ts';
import { looking } from './looking.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * The worst value of a business metric now, as the product itself measures it, but published to nobody: the alarms do
 * not notice. Null when there is nothing to measure, and for a name that is no metric.
 */
export async function measureSignal(sandbox: Sandbox, metric: string): Promise<number | null> {
  const signal = signals.find((one) => one.metric === metric);
  if (!signal) return newestDatum(sandbox, metric);
  return looking(sandbox, async (context) => worstOf(signal, await signal.measure(context)));
}

const HOUR_MS = 3_600_000;

/** Of a metric that SQL does not measure: the newest value that CloudWatch has of it. */
function newestDatum({ services, clock }: Sandbox, metric: string): number | null {
  const { metrics } = services.cloudwatch;
  const [newest] = metrics
    .list()
    .filter(({ identity }) => identity.name === metric)
    .sort((a, b) => b.newest - a.newest);
  if (!newest || newest.newest < clock.now().getTime() - HOUR_MS) return null;
  return metrics.read(newest.identity, newest.newest, newest.newest + 60_000)?.max ?? null;
}
