import { clock, day, number, readable } from '../lambdas/domain/words.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { readStepName } from '../lambdas/domain/step-name.ts';
import type { Observed } from '../emulator/observer.ts';
import type { Ink } from './ink.ts';
import { wrapped } from './wrap.ts';

/** A line of the runner's log: a step as it happened. */
interface StepLine {
  readonly message: 'step';
  readonly run: string;
  readonly step: string;
  readonly tell: string;
  readonly detail?: {
    readonly told?: readonly { question: string; tell: string }[];
    readonly decision?: { kind: string; why: string };
    /** Of a message to people. */
    readonly subject?: string;
  };
}

/** Where a step's kind is no word for people. */
const LABELS = new Map<string | undefined, string>([
  ['act', 'action'],
  ['wait', 'waited'],
]);

/** Time and label. */
const HANGING = 20;

/** Of the first alarm on it. */
function limitOf(metric: string): number | undefined {
  const alarm = playbooks.flatMap(({ alarms }) => alarms).find((one) => one.metric === metric);
  return alarm && ('above' in alarm.threshold ? alarm.threshold.above : alarm.threshold.below);
}

const RUNNER_LOG = '/aws/lambda/responder-runner';

/**
 * The story of a run as it happens, a line an event: from what goes over the wire, what CloudWatch sends to its
 * topics, and what the runner logs of its steps.
 */
export class Narrator {
  private readonly print: (line: string) => void;
  private readonly ink: Ink;
  private readonly seen = new Set<string>();
  private lastTime = '';
  private lastDay = '';
  private lastValue: number | undefined;
  private readonly metric: string;
  private readonly columns: number;

  /**
   * @param told.metric the business metric that the fault shows in; empty: none
   * @param told.columns of the terminal; undefined: lines are as long as they are
   */
  constructor(
    print: (line: string) => void,
    ink: Ink,
    told: { readonly metric: string; readonly columns: number | undefined },
  ) {
    this.print = print;
    this.ink = ink;
    this.metric = told.metric;
    this.columns = told.columns ?? Infinity;
  }

  readonly watch = (observed: Observed): void => {
    switch (observed.kind) {
      case 'alarm':
        return this.alarm(observed.at, observed.subject, observed.message);
      case 'log':
        return this.log(observed.at, observed.group, observed.message);
      case 'call':
        return this.call(observed);
    }
  };

  private alarm(at: Date, subject: string, message: string): void {
    const { AlarmName, OldStateValue, NewStateValue, NewStateReason } = JSON.parse(message) as Record<
      string,
      string
    >;
    const change = `${AlarmName} ${OldStateValue} → ${NewStateValue}`;
    const ink = NewStateValue === 'ALARM' ? this.ink.bad : this.ink.good;
    // Alarms that only find out that they have data are no news.
    if (OldStateValue === 'INSUFFICIENT_DATA' && NewStateValue === 'OK') return;
    this.line(at, 'alarm', `${ink(change)}  ${this.ink.dim(readable(NewStateReason ?? subject))}`);
    if (NewStateValue === 'ALARM')
      this.line(at, 'sent', 'CloudWatch → SNS commercial-ops-alarms → responder-dispatcher');
  }

  private log(at: Date, group: string, message: string): void {
    if (group !== RUNNER_LOG || !message.startsWith('{')) return;
    const step = JSON.parse(message) as StepLine;
    if (step.message !== 'step') return;
    if (!this.seen.has(step.run)) {
      this.seen.add(step.run);
      this.line(at, 'run', this.ink.strong(step.run));
    }
    const of = readStepName(step.step);
    if (of?.kind === 'diagnose') return this.diagnosis(at, step);
    if (of?.kind === 'notify')
      return this.line(
        at,
        'notified',
        `${of.of === 'finops' ? 'FinOps' : 'SRE'} ${step.detail?.subject ?? step.tell}`,
      );
    const label = LABELS.get(of?.kind) ?? of?.kind ?? step.step;
    this.line(at, label, of?.kind === 'guard' ? this.ink.dim(step.tell) : step.tell);
  }

  private diagnosis(at: Date, { detail }: StepLine): void {
    const told = detail?.told ?? [];
    const width = Math.max(0, ...told.map(({ question }) => question.length));
    // Answers stand below one another where there is room for it.
    const aligned = width <= this.columns / 2 ? width : 0;
    for (const { question, tell } of told)
      this.line(at, 'check', `${question.padEnd(aligned)}  ${this.ink.strong(tell)}`);
    if (detail?.decision)
      this.line(at, 'decided', `${this.ink.strong(detail.decision.kind)}: ${detail.decision.why}`);
  }

  private call({ at, call }: Observed & { kind: 'call' }): void {
    if (call.operation !== 'PutMetricData') return;
    const data = call.input['MetricData'] as {
      MetricName?: string;
      Value?: number;
      Dimensions?: unknown[];
    }[];
    const worst = data.find(
      ({ MetricName, Dimensions }) => MetricName === this.metric && !Dimensions?.length,
    );
    const value = worst?.Value;
    if (value === undefined) return;
    // A metric that creeps on by minutes is no news either.
    if (this.lastValue !== undefined && Math.abs(value - this.lastValue) < 0.05) return;
    this.lastValue = value;
    const limit = limitOf(this.metric);
    this.line(
      at,
      'metric',
      `${this.metric} is ${number(value)}${limit === undefined ? '' : ` (the alarm’s limit is ${number(limit)})`}`,
    );
  }

  private line(at: Date, label: string, text: string): void {
    const time = clock(at);
    const today = day(at);
    // A story may go on after midnight.
    if (this.lastDay !== '' && today !== this.lastDay) this.print(this.ink.dim(today));
    this.lastDay = today;
    const shown = time === this.lastTime ? ' '.repeat(8) : this.ink.dim(time);
    const [first = '', ...rest] = wrapped(readable(text), this.columns - HANGING);
    this.print(`${shown}  ${label.padEnd(9)} ${first}`);
    for (const line of rest) this.print(`${' '.repeat(HANGING)}${line}`);
    this.lastTime = time;
  }
}
