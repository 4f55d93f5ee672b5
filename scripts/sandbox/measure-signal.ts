import { AthenaClient } from '@aws-sdk/client-athena';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readTools, type ReadTools } from '../../lambdas/engine/tools.ts';
import { Settings } from '../../lambdas/settings.ts';
import { worstOf } from '../../lambdas/signals/definition.ts';
import { signals } from '../../lambdas/signals/registry.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * The worst value of a business metric now, as the product itself measures it, but published to nobody: the alarms do
 * not notice. Null when there is nothing to measure, and for a name that is no metric.
 */
export async function measureSignal(sandbox: Sandbox, metric: string): Promise<number | null> {
  const signal = signals.find((one) => one.metric === metric);
  if (!signal) return newestDatum(sandbox, metric);
  const { pool, clock } = sandbox;
  const here = {
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'drill', secretAccessKey: 'drill' },
  };
  const athena = new AthenaClient(here);
  const sqs = new SQSClient(here);
  const tools: ReadTools = {
    ...readTools(() => pool),
    athena: () => Promise.resolve(athena),
    sqs: () => Promise.resolve(sqs),
  };
  try {
    const context = { now: clock.now(), settings: settingsOf(sandbox), tools };
    return worstOf(signal, await signal.measure(context));
  } finally {
    athena.destroy();
    sqs.destroy();
  }
}

function settingsOf({ services: { lambda } }: Sandbox): Settings {
  const { environment } = lambda.functions.resolve('responder-signals').fn;
  return Settings.parse(JSON.parse(environment['RESPONDER_SETTINGS'] ?? '{}'));
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
