import * as z from 'zod';
import { percent } from '../../domain/words.ts';
import { awaitCapacity } from '../actions/await-capacity.ts';
import { putOffBackgroundJobs } from '../actions/put-off-background-jobs.ts';
import { scaleBackRunners } from '../actions/scale-back-runners.ts';
import { scaleRunners } from '../actions/scale-runners.ts';
import { deciding, type Decision, type Severity } from '../../domain/decision.ts';
import { natPortErrors } from '../probes/nat-port-errors.ts';
import { runnerCpu } from '../probes/runner-cpu.ts';
import { describeHindrances, runnerGroup } from '../probes/runner-group.ts';
import { MOST_WAITING, runnerQueue, type RunnerQueue } from '../probes/runner-queue.ts';
import { runnerThrottling } from '../probes/runner-throttling.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';
import { MOST_A_STEP, MOST_STEPS, nextOffPeak, OFF_PEAK, scalingSteps } from './runner-steps.ts';

const CRITICAL_WAITING = 2 * MOST_WAITING;
/** Runners with work to do are busier than this. */
const STUCK_BELOW_PERCENT = 30;

const RAISE_MAXIMUM = 'Raise the maximum of the group, and allow more instance types';
const SCALE_BY_DEPTH = 'Scale by the queue’s depth before the alarm does';

const { branches, act, leave, escalate } = deciding({
  drained: { when: `at most ${MOST_WAITING} jobs wait`, then: 'nothing' },
  'no-group': { when: 'the Auto Scaling group is not there', then: 'a person: check' },
  'not-measured': {
    when: 'the NAT gateway, the dispatcher’s log, or the CPU of running machines cannot be seen',
    then: 'a person: check; nobody scales blindly',
  },
  'nat-bound': {
    when: 'the NAT gateway has had port allocation errors within 15 minutes',
    then: 'a person: check the gateway; more runners would make it worse',
    prevention: 'Add NAT capacity, or take traffic to AWS off the gateway by endpoints',
  },
  throttled: {
    when: 'calls to AWS were throttled within 15 minutes',
    then: 'a person: check the limits; more runners would add calls',
    prevention: 'Have the limits of the throttled calls raised, and back off between them',
  },
  'launches-suspended': {
    when: 'the group may launch nothing, for its process Launch is suspended, and machines are missing or more are needed',
    then: 'a person: find out who suspended it and why, and resume it; more machines are not requested, for none would come',
    prevention: 'Alarm on suspended processes of the group, or let what suspends them resume them',
  },
  'launches-fail': {
    when: 'fewer instances are in service than desired, and the newest launch failed',
    then: 'a person: find other capacity',
    prevention: RAISE_MAXIMUM,
  },
  refreshing: {
    when: 'fewer instances are in service than desired, because an instance refresh replaces them',
    then: 'wait for them',
  },
  'in-progress': {
    when: 'fewer instances are in service than desired, and the others are on their way',
    then: 'wait for them',
    repeats: true,
  },
  stuck: {
    when: `the runners are less than ${STUCK_BELOW_PERCENT} % busy while jobs wait`,
    then: 'a person: check the runners; more of them would be idle, too',
    prevention: SCALE_BY_DEPTH,
  },
  'no-headroom': {
    when: 'the group is at its maximum',
    then: `a person: raise the maximum or, from ${OFF_PEAK.to} to ${OFF_PEAK.from} UTC, approve that background jobs are put off until ${OFF_PEAK.from} UTC`,
    prevention: RAISE_MAXIMUM,
  },
  scale: {
    when: 'otherwise: the runners are busy, and the group has headroom',
    then: `scale up in at most ${MOST_STEPS} steps, each by at most ${MOST_A_STEP} and to no more than double, while more than ${MOST_WAITING} jobs wait`,
    prevention: SCALE_BY_DEPTH,
  },
});

export const runnerBacklog = definePlaybook({
  id: 'runner-backlog',
  section: '9. Runner Capacity Issues',
  symptoms: [
    'More jobs wait in the runners’ queue than should.',
    'The dispatcher’s log shows ThrottlingException.',
  ],
  byHand: {
    'Runner job queue backlog': [{ alarm: 'runner-backlog', probe: 'runner-queue' }],
    'Lambda logs show `ThrottlingException`': [{ probe: 'runner-throttling', branch: 'throttled' }],
    'aws cloudwatch get-metric-statistics': [{ probe: 'runner-cpu' }],
    'Scale up EC2 runner ASG': [{ action: 'scale-runners' }],
    'Validate NAT Gateway': [{ probe: 'nat-port-errors', branch: 'nat-bound' }],
    'Schedule background jobs': [{ branch: 'no-headroom' }],
  },
  alarms: [
    alarmOn('runner_queue_depth', {
      name: 'runner-backlog',
      threshold: { above: MOST_WAITING },
      severity: 'SEV-3',
      title: '[# ]jobs are waiting for runners',
      unit: 'jobs',
      description: `More than ${MOST_WAITING} jobs wait for a runner.`,
      datapoints: { breaching: 2, outOf: 2 },
    }),
    alarmOn('runner_queue_depth', {
      name: 'runner-backlog-critical',
      threshold: { above: CRITICAL_WAITING },
      severity: 'SEV-2',
      title: '[# ]jobs are waiting for runners',
      unit: 'jobs',
      description: `More than ${CRITICAL_WAITING} jobs wait for a runner.`,
      datapoints: { breaching: 2, outOf: 2 },
    }),
  ],
  target: z.strictObject({ scope: z.literal('runners') }),
  targetOf: () => ({ scope: 'runners' as const }),
  probes: {
    queue: runnerQueue,
    group: runnerGroup,
    cpu: runnerCpu,
    throttling: runnerThrottling,
    nat: natPortErrors,
  },

  branches,
  decide({ queue, group, cpu, throttling, nat }, { now }) {
    const backlog = `${queue.waiting} jobs wait (limit ${MOST_WAITING})`;
    const severity: Severity = queue.waiting > CRITICAL_WAITING ? 'SEV-2' : 'SEV-3';
    if (!isLong(queue)) return leave('drained', backlog);
    if (!group.exists) return escalate('no-group', `${backlog}, and their group is not there`, severity);
    if (nat === null || !throttling.exists || (cpu === null && group.inService > 0)) {
      const unseen = [
        ...(nat === null ? ['the NAT gateway’s errors'] : []),
        ...(throttling.exists ? [] : ['the dispatcher’s log']),
        ...(cpu === null ? ['the runners’ CPU'] : []),
      ];
      return escalate('not-measured', `${backlog}, but ${unseen.join(' and ')} cannot be seen`, severity);
    }
    if (nat > 0) {
      return escalate(
        'nat-bound',
        `${backlog}, and the NAT gateway refused ${nat} connections within 15 minutes: more runners would make it worse`,
        severity,
      );
    }
    if (throttling.recent > 0) {
      return escalate(
        'throttled',
        `${backlog}, and AWS throttled ${throttling.recent} calls within 15 minutes: more runners would add calls`,
        severity,
      );
    }
    const { name, desired, inService, max, launchFault, refreshing } = group;
    const says = describeHindrances(group)
      .map((one) => `; ${one}`)
      .join('');
    const suspended = (): Decision =>
      escalate(
        'launches-suspended',
        `${backlog}, and ${inService} of ${desired} runners are in service, but the group launches none${says}. ` +
          `Resume it: aws autoscaling resume-processes --auto-scaling-group-name ${name} --scaling-processes Launch`,
        severity,
      );
    const launches = !group.suspended.includes('Launch');
    if (inService < desired && !launches) return suspended();
    if (launchFault !== null) {
      return escalate(
        'launches-fail',
        `${backlog}, and ${inService} of ${desired} runners are in service: the newest launch failed (${launchFault})`,
        severity,
      );
    }
    if (inService < desired) {
      return act(
        refreshing === null ? 'in-progress' : 'refreshing',
        `${backlog}; ${inService} of ${desired} runners are in service, the others come${says}`,
        [
          {
            action: awaitCapacity.name,
            params: { group: name, desired: String(desired), waiting: String(queue.waiting) },
          },
        ],
      );
    }
    if (cpu !== null && cpu < STUCK_BELOW_PERCENT) {
      return escalate(
        'stuck',
        `${backlog}, but the ${inService} runners are only ${percent(cpu)} busy: they are stuck, and others would be, too`,
        severity,
      );
    }
    if (desired >= max) {
      const why = `${backlog}, and the group is at its maximum of ${max}`;
      const until = nextOffPeak(now);
      if (until === undefined) return escalate('no-headroom', why, severity);
      return act(
        'no-headroom',
        why,
        [{ action: putOffBackgroundJobs.name, params: { queue: queue.name, until } }],
        { approval: { why: 'a background job then waits until the evening' } },
      );
    }
    if (!launches) return suspended();
    return act(
      'scale',
      `${backlog}; ${inService} runners${cpu === null ? '' : ` are ${percent(cpu)} busy`}, and ${max} may be${says}`,
      scalingSteps(desired, max).map(({ from, to }) => ({
        action: scaleRunners.name,
        params: { group: name, from: String(from), to: String(to) },
      })),
    );
  },

  // The plan's figures follow from what it has scaled before.
  concerns: (_finding, { branch }) => [branch],
  actions: [scaleRunners, scaleBackRunners, awaitCapacity, putOffBackgroundJobs],
  // Putting off jobs is not argued for: people who wait for them must approve.
  withoutApproval: {
    [scaleBackRunners.name]:
      'Only a person’s command to undo plans it, and that person has looked at the queue first.',
  },

  recovery: {
    probes: { queue: runnerQueue },
    check: ({ queue }) => ({
      healthy: !isLong(queue),
      summary: `${queue.waiting} jobs wait (limit ${MOST_WAITING})`,
    }),
  },
});

const isLong = ({ waiting }: RunnerQueue): boolean => waiting > MOST_WAITING;
