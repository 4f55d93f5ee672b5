import { branchOf, differences, otherReasons } from '../sandbox/as-expected.ts';
import type { Fault } from '../sandbox/faults/fault.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { follow, settle } from '../sandbox/scenario.ts';
import { copyWorld, type WorldPlace } from '../sandbox/world-template.ts';
import type { DrillResult } from './result.ts';
import { recordedRuns } from './recorded-runs.ts';

/** Breaks a world of its own, and says everything that came of it. */
export async function runDrill(fault: Fault, place: WorldPlace): Promise<DrillResult> {
  const began = performance.now();
  const copy = await copyWorld(place);
  try {
    const sandbox = await Sandbox.start(copy.world);
    try {
      return { ...(await drill(fault, sandbox)), seconds: (performance.now() - began) / 1000 };
    } finally {
      await sandbox.stop();
    }
  } finally {
    await copy.drop();
  }
}

async function drill(fault: Fault, sandbox: Sandbox): Promise<Omit<DrillResult, 'seconds'>> {
  await settle(sandbox);
  const { messages } = sandbox.services.sns;
  const earlier = new Set(messages.entries().map(([id]) => id));
  const start = sandbox.clock.now().getTime();
  const result = await follow(sandbox, fault);
  const told = messages
    .entries()
    .filter(([id, { topicArn }]) => !earlier.has(id) && !topicArn.endsWith(':commercial-ops-alarms'))
    .map(([, message]) => message);
  const differs = [...differences(fault, result), ...otherReasons(fault, result)];
  return {
    name: fault.name,
    about: fault.about,
    kind: fault.kind,
    passed: differs.length === 0,
    differences: differs,
    expected: {
      runs: fault.runs.map(({ playbook, outcome, branch }) => ({ playbook, outcome, branch })),
      actions: fault.actions,
    },
    got: {
      runs: result.runs.map((run) => ({
        playbook: run.playbook,
        outcome: run.outcome,
        branch: branchOf(run),
      })),
      actions: result.actions,
    },
    metric: { name: fault.metric, ...result.metric },
    runs: await recordedRuns(
      sandbox.pool,
      result.runs.map(({ run }) => run),
    ),
    told: told.map(({ topicArn, subject }) => ({ topic: topicArn.split(':').at(-1) ?? '', subject })),
    rules: [],
    minutes: Math.round((sandbox.clock.now().getTime() - start) / 60_000),
  };
}
