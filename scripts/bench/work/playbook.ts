import * as z from 'zod';
import type { ActionDefinition } from '../../../lambdas/catalog/actions/definition.ts';
import { definePlaybook } from '../../../lambdas/catalog/playbooks/definition.ts';
import { defineProbe } from '../../../lambdas/catalog/probes/definition.ts';
import { deciding } from '../../../lambdas/domain/decision.ts';
import { NEWEST, PERIOD, tenantOf, VERIFIED } from './tables.ts';

/** The work as a playbook: the same two looks, the same job, the same verification. */

const Target = z.strictObject({ alarm: z.string() });
type Target = z.infer<typeof Target>;

const probeOf = <V>(name: string, sql: string, value: z.ZodType<V>) =>
  defineProbe<Target, V>({
    name,
    question: name,
    queries: [sql],
    permissions: () => [],
    value,
    async run({ target, tools }) {
      const { rows, evidence } = await tools.ledger.query(sql, [tenantOf(target.alarm)]);
      return { value: value.parse(JSON.parse(JSON.stringify(rows[0] ?? null))), evidence: [evidence] };
    },
    describe: (found) => JSON.stringify(found),
  });

const copy = probeOf('bench-copy', NEWEST, z.object({ newest: z.string() }));
const period = probeOf('bench-period', PERIOD, z.object({ state: z.string() }));
const verified = probeOf('bench-verified', VERIFIED, z.object({ copies: z.number() }));

const JOB = 'bench_job';
const Answer = z.object({ started: z.boolean() });

const loadAgain: ActionDefinition = {
  name: 'bench-load',
  params: z.strictObject({ alarm: z.string() }),
  example: { alarm: 'bench-1' },
  permissions: () => [{ actions: ['lambda:InvokeFunction'], resources: ['*'] }],
  readPermissions: () => [],
  changes: true,
  closedPeriod: 'refused',
  repeat: 'The job is asked whether it was started.',
  undo: { irreversible: 'The newest copy is the right one.' },
  locks: ({ alarm = '' }) => ({ writes: [`bench/${alarm}`], reads: [] }),
  impact: async () => ({ rows: 1, usd: '0', tenants: [] }),
  describe: ({ alarm = '' }) => `load the copy of ${alarm} again`,
  async start({ alarm = '' }, { actionId }, tools) {
    const lambda = await tools.lambda();
    await lambda.invoke({ FunctionName: JOB, Payload: JSON.stringify({ run: alarm }) });
    return { job: JOB, runId: actionId };
  },
  async reconcile({ alarm = '' }, { actionId }, tools) {
    const lambda = await tools.lambda();
    const { Payload } = await lambda.invoke({ FunctionName: JOB, Payload: JSON.stringify({ ask: alarm }) });
    const { started } = Answer.parse(JSON.parse(Payload?.transformToString() ?? 'null'));
    return started ? { state: 'started', handle: { job: JOB, runId: actionId } } : { state: 'absent' };
  },
  progress: async () => ({ state: 'succeeded', summary: 'the job has ended' }),
};

const { branches, act, leave } = deciding({
  stale: { when: 'the copy is older than two days, and the period open', then: 'load it again' },
  fresh: { when: 'otherwise', then: 'nothing' },
});

export const benchPlaybook = definePlaybook({
  id: 'bench-copy-stale',
  section: '0. Bench',
  symptoms: [],
  alarms: [],
  target: Target,
  targetOf: ({ name }) => ({ alarm: name }),
  probes: { copy, period },
  branches,
  decide({ copy: { newest }, period: { state } }, { target, now }) {
    const isStale = Date.parse(newest) < now.getTime() - 2 * 86_400_000;
    if (!isStale || state !== 'open') return leave('fresh', `newest ${newest}, period ${state}`);
    return act('stale', `newest ${newest}`, [{ action: loadAgain.name, params: target }]);
  },
  actions: [loadAgain],
  withoutApproval: { [loadAgain.name]: 'The newest copy is the right one.' },
  recovery: {
    probes: { verified },
    check: ({ verified: { copies } }) => ({ healthy: copies === 1, summary: `${copies} copy is there` }),
  },
});
