import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import type { AnyPlaybook } from '../../lambdas/catalog/playbooks/definition.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import type { ActTools } from '../../lambdas/platform/clients.ts';
import { readConfig } from '../../lib/config.ts';
import { settingsAt } from '../../lib/function-settings.ts';

/** The names of the runbook, in no account. */
const NO_DEPLOYMENT = settingsAt(
  { partition: 'aws', region: 'region', account: 'account' },
  readConfig({ ledger: { host: 'ledger.example.invalid', logins: { kind: 'iam', resourceId: 'cluster' } } }),
);

const INTRODUCTION = `# What your Commercial-Ops must offer

<!-- Made from lambdas/catalog by \`npm run runbook\`. Edit the playbooks, not this file. -->

Each playbook needs some of your tables, jobs and services, by the names of the runbook or by those that \`estate\` in your
configuration gives. Begin with the playbooks whose needs you meet, and switch the others off:
\`"playbooks": { "cur-freshness": "off" }\`. The alarm of one that is off is recorded, and people are notified.

## What every job must do

A job is a Lambda function of yours, invoked asynchronously with the arguments below, \`run_id\` and \`fence\`. In the one
transaction of its work it writes its row of \`job_run\`: \`job\` (the function's name), \`run_id\`, \`fence\`, \`period\` and
\`tenant_id\` where it has them, \`started_at\`, \`status\` (\`completed\` or \`failed\`) and \`result\` (JSON; \`error\` says why it
failed). Without that row nothing was done. The same \`run_id\` again changes nothing; a \`fence\` lower than the newest that the
job has seen for the period and tenant is refused, with "fence" in \`error\`. A closed period is refused.`;

/** The page, not yet formatted. */
export async function renderOffer(): Promise<string> {
  const needs = await Promise.all(playbooks.map(needsOf));
  const cell = (items: readonly string[]): string => items.join(', ') || 'nothing';
  const least = [...needs].sort((a, b) => weight(a) - weight(b));
  return [
    INTRODUCTION,
    '## What each playbook needs beside SQL, the least first',
    [
      '| playbook | jobs | services of AWS |',
      '| --- | --- | --- |',
      ...least.map(
        ({ id, jobs, services }) =>
          `| [${id}](#${id}) | ${cell(jobs.map(({ name }) => name))} | ${cell(services)} |`,
      ),
    ].join('\n'),
    ...needs.map(chapter),
  ]
    .join('\n\n')
    .concat('\n');
}

const weight = ({ jobs, services }: Needs): number => jobs.length + services.length;

export interface Needs {
  readonly id: string;
  /** `table (column, column)`, of the measurement that its alarms watch. */
  readonly measured: readonly string[];
  /** Tables that its statements name. */
  readonly tables: readonly string[];
  readonly changed: readonly string[];
  readonly jobs: readonly { readonly name: string; readonly payload: readonly string[] }[];
  /** Of AWS, beside the ledger and the jobs. */
  readonly services: readonly string[];
}

export async function needsOf(playbook: AnyPlaybook): Promise<Needs> {
  const { id, alarms, actions, recovery, asCause } = playbook;
  const probes = [
    ...Object.values(playbook.probes),
    ...Object.values(recovery.probes),
    ...Object.values(asCause?.probes ?? {}),
  ];
  const watched = signals.filter(({ metric }) => alarms.some((alarm) => alarm.metric === metric));
  const jobs = (await Promise.all(actions.map(jobOf))).flat();
  const permissions = [
    ...probes.flatMap((probe) => probe.permissions(NO_DEPLOYMENT)),
    ...watched.flatMap((signal) => signal.permissions(NO_DEPLOYMENT)),
    ...actions.flatMap((action) => [
      ...action.readPermissions(NO_DEPLOYMENT),
      ...(jobs.some(({ action: name }) => name === action.name) ? [] : action.permissions(NO_DEPLOYMENT)),
    ]),
  ];
  return {
    id,
    measured: sorted(watched.flatMap(({ reads }) => reads)),
    tables: sorted(probes.flatMap(({ queries }) => queries.flatMap(tablesIn))),
    changed: sorted(actions.flatMap(({ grants = [] }) => grants.filter((one) => !one.startsWith('select')))),
    jobs,
    services: sorted(
      permissions.flatMap(({ actions: allowed }) => allowed.map((one) => one.split(':')[0] ?? one)),
    ).filter((service) => service !== 'rds-db'),
  };
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Names that follow from, join and into, without those that the statement gives itself. */
function tablesIn(sql: string): string[] {
  if (!/^\s*(select|with)\b/i.test(sql)) return [];
  const own = new Set(
    [...sql.matchAll(/\b(\w+)\s*(?:\([^()]*\)\s*)?as\s*(?:materialized\s*)?\(/gi)].map(([, name]) => name),
  );
  return [...sql.matchAll(/\b(?:from|join)\s+([a-z_]\w*)\b(?!\s*\()/gi)]
    .map(([, name = '']) => name)
    .filter((name) => !own.has(name) && !['lateral', 'unnest', 'select'].includes(name));
}

/** What the action sends to a job, by its own code and example. */
async function jobOf(
  action: ActionDefinition,
): Promise<{ action: string; name: string; payload: string[] }[]> {
  const sent: { FunctionName?: string; Payload?: string }[] = [];
  const lambda = {
    invoke: async (input: (typeof sent)[number]) => {
      sent.push(input);
      return {};
    },
  };
  const tools = { lambda: async () => lambda } as unknown as ActTools;
  const context = { settings: NO_DEPLOYMENT, run: 'run', now: new Date(0), actionId: 'run', fence: '1' };
  if (!action.changes || action.trace === undefined) return [];
  await action.start(action.example, context as never, tools).catch(() => undefined);
  return sent.map(({ FunctionName: name = '', Payload = '{}' }) => ({
    action: action.name,
    name,
    payload: Object.keys(JSON.parse(Payload) as object),
  }));
}

const chapter = ({ id, measured, tables, changed, jobs, services }: Needs): string =>
  [
    `## ${id}`,
    part('Its alarms are measured from', measured),
    part('It reads (the statements are in [the runbook](runbook.md))', tables),
    part('Its actions change', changed),
    part(
      'Its jobs, with their arguments',
      jobs.map(({ name, payload }) => `${name}: ${payload.join(', ')}`),
    ),
    services.length === 0 ? '' : `Of AWS it calls ${services.join(', ')}.`,
  ]
    .filter((text) => text !== '')
    .join('\n\n');

const part = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : [`${title}:`, items.map((item) => `- \`${item}\``).join('\n')].join('\n\n');
