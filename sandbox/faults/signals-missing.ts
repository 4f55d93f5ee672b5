import { AwsError } from '../../emulator/kernel/service.ts';
import type { Sandbox } from '../sandbox.ts';
import { faultsOf, type Step } from './fault.ts';
import { setByHand } from './steps.ts';

const { platform, control, escalated, selfHealed } = faultsOf('signals-missing', 'signals_unmeasured');

const refused =
  (service: string, operation: string, effect: AwsError): Step =>
  ({ faults }) =>
    faults.add({ service, operation, times: Infinity, when: 'before', effect });

async function stopSignals({ services: { scheduler } }: Sandbox): Promise<void> {
  for (const schedule of scheduler.schedules.all()) {
    if (schedule.targetArn.includes('responder-signals'))
      await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
  }
}

/** The measuring itself: without it no other alarm can be trusted. */
export const signalsMissingFaults = [
  platform(
    'signals-stopped',
    'Nobody measures the business metrics any more: the schedule of the signals was switched off.',
  )
    .inject(stopSignals)
    .expect(
      escalated(
        'not-called',
        /^nobody has measured the business metrics since 23 Nov 2026 1\d:\d\d UTC.* look at its schedule$/,
      ),
    ),

  platform('signals-not-published', 'The business metrics are measured, but CloudWatch takes none of them.')
    .inject(
      refused(
        'monitoring',
        'PutMetricData',
        new AwsError('AccessDenied', 'not authorized to perform: cloudwatch:PutMetricData', 403),
      ),
    )
    .expect(
      escalated('not-published', /have not been published since .*, although the signals function is called/),
    ),

  platform(
    'signals-without-athena',
    'Athena answers nobody: how fresh its copy of the costs is cannot be measured.',
  )
    .inject(
      refused(
        'athena',
        'StartQueryExecution',
        new AwsError('InvalidRequestException', 'WorkGroup commercial-ops is disabled', 400),
      ),
    )
    .expect(escalated('some-fail', /^1 business metrics cannot be measured/)),

  control('signals-alarm-by-hand', 'Somebody sets the alarm of the signals by hand, while all are measured.')
    .inject(setByHand('signals-missing'))
    .expect(selfHealed('measured', /^all signals are measured again/)),
];
