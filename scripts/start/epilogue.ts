import { playbookOfAlarm } from '../../lambdas/playbooks/registry.ts';
import type { Ink } from '../ink.ts';
import { shorten } from '../narrator.ts';
import type { Fault } from '../sandbox/faults/fault.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ScenarioResult } from '../sandbox/scenario.ts';

/** Whether everything came as the fault's own card says; runs of alarms that were raised before are not its doing. */
export function asExpected(fault: Fault, { runs, actions }: ScenarioResult): boolean {
  const playbook = fault.alarm === null ? undefined : playbookOfAlarm(fault.alarm)?.id;
  const own = playbook === undefined ? runs : runs.filter((run) => run.playbook === playbook);
  const outcomes = own.map(({ outcome }) => outcome);
  const expected = fault.outcome === null ? [] : [fault.outcome];
  return JSON.stringify([outcomes, actions]) === JSON.stringify([expected, fault.actions]);
}

/** The end of the story: outcome, figures before and after, and how to look at all of it. */
export function epilogue(
  fault: Fault,
  result: ScenarioResult,
  { ink, seconds }: { ink: Ink; seconds: number },
): string[] {
  const { before, after } = result.freshness;
  const days = (value: number | null): string => (value === null ? 'no data' : `${value.toFixed(2)} d`);
  const run = result.runs.at(-1);
  if (!run) {
    const line = `NOTHING DONE, as it should be: no alarm was raised and no run was started`;
    return [ink.good(line), `Freshness  ${days(after)} (limit 2 d)`];
  }
  const outcome = (run.outcome ?? 'unfinished').toUpperCase();
  const paint = asExpected(fault, result) ? ink.good : ink.bad;
  const minutes = run.endedAt
    ? Math.round((Date.parse(run.endedAt) - Date.parse(run.openedAt)) / 60_000)
    : undefined;
  return [
    `${paint(outcome)}  ${shorten(run.why ?? '')}`,
    '',
    `Freshness  ${ink.strong(`${days(before)} → ${days(after)}`)} (limit 2 d)`,
    `Actions    ${result.actions.length === 0 ? 'none' : result.actions.join(', ')}`,
    `Took       ${minutes ?? '?'} min by the sandbox's clock, ${seconds.toFixed(1)} s here; ` +
      `${run.operations ?? '?'} durable operations, ${run.ledgerWrites ?? '?'} ledger writes`,
    `Record     incident ${run.incident}, run ${run.run}: ` +
      `${run.steps.length} steps, ${run.evidence.length} answers kept with their SHA-256`,
    ...(asExpected(fault, result)
      ? []
      : [
          '',
          ink.bad(
            `Not as expected: wanted ${fault.outcome ?? 'no run'} with ${fault.actions.join(', ') || 'no action'}`,
          ),
        ]),
  ];
}

/** How a person looks at the run, and makes it again. */
export function commands(sandbox: Sandbox, ledgerUrl: string, run: string | undefined): string[] {
  const invoke = (payload: object): string =>
    `aws --endpoint-url ${sandbox.endpoint} --cli-binary-format raw-in-base64-out lambda invoke ` +
    `--function-name responder-dispatcher --payload '${JSON.stringify(payload)}' /dev/stdout`;
  return [
    `Any key will do: export AWS_ACCESS_KEY_ID=me AWS_SECRET_ACCESS_KEY=me AWS_REGION=us-east-1`,
    ...(run
      ? [
          invoke({ status: run }),
          invoke({ replay: run, mode: 'dry-run', by: 'you', reason: 'to see it decide again' }),
        ]
      : []),
    `psql '${ledgerUrl}' -c 'select name, tell from responder.step order by started_at'`,
  ];
}
