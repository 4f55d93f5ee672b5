import { AwsError } from '../../emulator/kernel/service.ts';
import type { Sandbox } from '../sandbox.ts';
import { setByHand, type ExpectedRun, type Fault } from './fault.ts';

const run = (outcome: ExpectedRun['outcome'], branch: string, why: RegExp): ExpectedRun => ({
  playbook: 'signals-missing',
  outcome,
  branch,
  why,
});
const common = { actions: [], metric: 'signals_unmeasured' } as const;

/** The measuring itself: without it no other alarm can be trusted. */
export const signalsMissingFaults: readonly Fault[] = [
  {
    ...common,
    name: 'signals-stopped',
    about: 'Nobody measures the business metrics any more: the schedule of the signals was switched off.',
    kind: 'platform',
    runs: [
      run(
        'escalated',
        'not-called',
        /^nobody has measured the business metrics since 2026-11-23T1\d:\d\dZ.* look at its schedule$/,
      ),
    ],
    inject: (sandbox) => stopSignals(sandbox),
  },
  {
    ...common,
    name: 'signals-not-published',
    about: 'The business metrics are measured, but CloudWatch takes none of them.',
    kind: 'platform',
    runs: [
      run(
        'escalated',
        'not-published',
        /have not been published since .*, although the signals function is called/,
      ),
    ],
    async inject({ faults }) {
      const effect = new AwsError('AccessDenied', 'not authorized to perform: cloudwatch:PutMetricData', 403);
      const all = { service: 'monitoring', operation: 'PutMetricData', times: Infinity } as const;
      faults.add({ ...all, when: 'before', effect });
    },
  },
  {
    ...common,
    name: 'signals-without-athena',
    about: 'Athena answers nobody: how fresh its copy of the costs is cannot be measured.',
    kind: 'platform',
    runs: [run('escalated', 'some-fail', /^1 business metrics cannot be measured/)],
    async inject({ faults }) {
      const effect = new AwsError('InvalidRequestException', 'WorkGroup commercial-ops is disabled', 400);
      const all = { service: 'athena', operation: 'StartQueryExecution', times: Infinity } as const;
      faults.add({ ...all, when: 'before', effect });
    },
  },
  {
    ...common,
    name: 'signals-alarm-by-hand',
    about: 'Somebody sets the alarm of the signals by hand, while all are measured.',
    kind: 'control',
    runs: [run('self-healed', 'measured', /^all signals are measured again/)],
    inject: (sandbox) => setByHand(sandbox, 'signals-missing'),
  },
];

async function stopSignals({ services: { scheduler } }: Sandbox): Promise<void> {
  for (const schedule of scheduler.schedules.all()) {
    if (schedule.targetArn.includes('responder-signals')) {
      await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
    }
  }
}
