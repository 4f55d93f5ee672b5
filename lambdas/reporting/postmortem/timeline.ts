import { duration } from '../../domain/words.ts';
import { messageName, receiptOf } from '../../domain/escalation-message.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import { stepOf } from '../../domain/step-name.ts';
import { auditKey, remediationKind } from '../../record/audit-keys.ts';
import type { TimelineEntry } from './document.ts';
import type {
  Gathered,
  GatheredEntry,
  GatheredRun,
  GatheredStep,
  GatheredTold,
} from '../../record/gathered.ts';
import { fact, type Source, type Sources } from './source.ts';
import { aboutWords } from '../../domain/run-request.ts';

/** Everything that happened, to the second: audit chain, steps of runs, messages. */
export function timelineOf(gathered: Gathered, sources: Sources): TimelineEntry[] {
  const entries = [
    ...alarms(gathered, sources),
    ...gathered.audit.flatMap((entry) => audited(entry, sources)),
    ...gathered.runs.flatMap((run) => run.steps.flatMap((step) => stepTaken(run, step, sources))),
    ...gathered.told.map((told) => messageSent(told, gathered, sources)),
  ];
  // At one moment the order is: cause, audit, step, message.
  return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The alarm's change comes before its run; several runs may share it. */
function alarms({ runs }: Gathered, sources: Sources): TimelineEntry[] {
  const seen = new Map<string, TimelineEntry>();
  for (const { run, cause } of runs) {
    if (!('alarm' in cause)) continue;
    const { name, changedAt, reason } = cause.alarm;
    const key = `${name} ${changedAt}`;
    if (seen.has(key)) continue;
    const text = `Alarm ${name} went to ALARM: ${reason}`;
    seen.set(key, { at: changedAt, fact: fact(text, sources.audit(auditKey.ended(run)), sources.record) });
  }
  return [...seen.values()];
}

type Body = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An audit entry in words, by its kind. Undefined: the timeline has it elsewhere. */
const SAID: Readonly<Record<string, (body: Body) => string | undefined>> = {
  'incident.opened': ({ run, playbook, severity }) =>
    `Incident opened as ${text(severity)} by run ${text(run)} of ${text(playbook)}`,
  'incident.reopened': ({ run, playbook, severity }) =>
    `Incident came back, as ${text(severity)}, by run ${text(run)} of ${text(playbook)}`,
  'incident.joined': ({ run }) => `Run ${text(run)} joined the incident`,
  'incident.raised': ({ severity, by }) => `Raised to ${text(severity)} by ${text(by)}`,
  'incident.acknowledged': ({ by, how }) => `Acknowledged by ${text(by)} (${text(how)})`,
  'incident.tracked': ({ key }) => `Tracked as ${text(key)}`,
  'incident.resolved': ({ by, why }) => `Incident resolved by ${text(by)}: ${text(why)}`,
  'remediation.intended': ({ run, what, why }) =>
    `Run ${text(run)} intends: ${text(what)}, because ${text(why)}`,
  'run.ended': ({ run, playbook, outcome, why }) =>
    `Run ${text(run)} of ${text(playbook)} ended ${text(outcome)}: ${text(why)}`,
  'people.told': () => undefined,
};

function audited(entry: GatheredEntry, sources: Sources): TimelineEntry[] {
  const { key, at, kind } = entry;
  const body = JSON.parse(entry.body) as Body;
  const say = SAID[kind];
  // The run's own ending says the same.
  if (OUTCOMES.some((outcome) => kind === remediationKind(outcome))) return [];
  const said = say ? say(body) : [kind, text(body['what']), text(body['why'])].filter(Boolean).join(': ');
  return said === undefined ? [] : [{ at, fact: fact(said, sources.audit(key)) }];
}

/** Steps without an audit entry. Guards that refused have a section of their own. */
const TOLD_BY_STEPS = ['diagnose', 'act', 'wait', 'reconcile', 'verify', 'approval', 'notify'] as const;
/** Others are found by the run's evidence. */
const MOST_EVIDENCE = 3;

function stepTaken({ run, playbook }: GatheredRun, step: GatheredStep, sources: Sources): TimelineEntry[] {
  const { name, startedAt, endedAt, tell } = step;
  if (!stepOf(name, ...TOLD_BY_STEPS)) return [];
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
  const took = seconds > 0 ? ` (began ${duration(seconds)} before)` : '';
  const said = `${playbook}, ${name}: ${tell}${took}`;
  const looked = evidenceOf(run, step, sources);
  return [{ at: endedAt, fact: fact(said, sources.record, ...looked.slice(0, MOST_EVIDENCE)) }];
}

const evidenceOf = (run: string, { evidence }: GatheredStep, sources: Sources): Source[] =>
  evidence.flatMap((key) => sources.evidence(run, key) ?? []);

/** The audit entry about the message, or about its failure. */
export const toldSource = ({ episode }: Gathered, told: GatheredTold, sources: Sources): Source =>
  sources.audit(auditKey.told(episode, told.message, told.recipient, receiptOf(told)));

/** Why there was nobody to notify. */
export const nobodyWords = ({ recipient, confirmed }: GatheredTold): string | undefined => {
  if (confirmed !== 0) return undefined;
  return recipient === 'jira' ? 'no Jira is configured' : 'nobody has confirmed a subscription';
};

/** `SEV-2/rung-1 to sre`; a call to Jira has no recipient. */
export function messageWords({ message, recipient }: GatheredTold): string {
  if (message.kind === 'jira') return 'the issue in Jira';
  if (message.kind === 'jira-comment') return 'the comment in Jira';
  return `${messageName(message)} to ${recipient}`;
}

function messageSent(told: GatheredTold, gathered: Gathered, sources: Sources): TimelineEntry {
  const { toldAt, dueAt } = told;
  const source = toldSource(gathered, told, sources);
  if (toldAt !== null) return { at: toldAt, fact: fact(`Sent: ${messageWords(told)}`, source) };
  const why = nobodyWords(told) ?? 'it did not come through';
  return { at: dueAt, fact: fact(`Due, and not sent: ${messageWords(told)}; ${why}`, source) };
}

export const runWords = ({ run, playbook, target }: GatheredRun): string =>
  `run ${run} of ${aboutWords(playbook, target)}`;
