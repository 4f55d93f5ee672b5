import type { Ink } from '../ink.ts';
import { shorten } from '../narrator.ts';
import { differences } from '../../sandbox/as-expected.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ScenarioResult } from '../../sandbox/scenario.ts';

/** Whether everything came as the fault's own card says. */
export const asExpected = (fault: Fault, result: ScenarioResult): boolean =>
  differences(fault, result).length === 0;

/** The end of the story: outcome, figures before and after, and how to look at all of it. */
export function epilogue(
  fault: Fault,
  result: ScenarioResult,
  { ink, seconds }: { ink: Ink; seconds: number },
): string[] {
  const { before, after } = result.metric;
  const metric =
    fault.metric === ''
      ? []
      : [`Metric     ${fault.metric} ${ink.strong(`${figure(before)} → ${figure(after)}`)}`];
  const differs = differences(fault, result);
  const run = result.runs.at(-1);
  if (!run) {
    const line = `NOTHING DONE, as it should be: no alarm was raised and no run was started`;
    if (differs.length === 0) return [ink.good(line), ...metric];
    return [
      ink.bad('NO RUN WAS STARTED'),
      ...metric,
      ...differs.map((one) => ink.bad(`Not as expected: ${one}`)),
    ];
  }
  const outcome = (run.outcome ?? 'unfinished').toUpperCase();
  const paint = differs.length === 0 ? ink.good : ink.bad;
  const minutes = run.endedAt
    ? Math.round((Date.parse(run.endedAt) - Date.parse(run.openedAt)) / 60_000)
    : undefined;
  return [
    `${paint(outcome)}  ${shorten(run.why ?? '')}`,
    '',
    ...metric,
    `Actions    ${result.actions.length === 0 ? 'none' : result.actions.join(', ')}`,
    `Took       ${minutes ?? '?'} min by the sandbox's clock, ${seconds.toFixed(1)} s here; ` +
      `${run.operations ?? '?'} durable operations, ${run.ledgerWrites ?? '?'} ledger writes`,
    `Record     incident ${run.incident}, run ${run.run}: ` +
      `${run.steps.length} steps, ${run.evidence.length} answers kept with their SHA-256`,
    ...(differs.length === 0 ? [] : ['', ...differs.map((one) => ink.bad(`Not as expected: ${one}`))]),
  ];
}

/** Days, per cents and counts read best with two digits; most of them have none. */
export const figure = (value: number | null): string =>
  value === null ? 'no data' : String(Math.round(value * 100) / 100);

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
    respondLine(sandbox, run === undefined ? 'whoami' : `why ${run}`),
    `psql '${ledgerUrl}' -c 'select name, tell from responder.step order by started_at'`,
  ];
}

/** A person's own command, with a key of her own: whom any key stands for cannot command. */
function respondLine({ services, endpoint, outputs }: Sandbox, command: string): string {
  const { accessKeyId, secretAccessKey } = services.people.keyOf('sre-one');
  return [
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `AWS_REGION=us-east-1 AWS_ENDPOINT_URL=${endpoint} RESPONDER_URL=${outputs['RespondUrl'] ?? ''}`,
    `npm run respond -- ${command}`,
  ].join(' ');
}
