import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import { wantsArgument } from '../../lambdas/engine/approval-need.ts';
import { chain, upstreamOf } from '../../lambdas/catalog/playbooks/chain.ts';
import type { AlarmDeclaration, AnyPlaybook } from '../../lambdas/catalog/playbooks/definition.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import type { ProbeDefinition } from '../../lambdas/catalog/probes/definition.ts';
import { Estate, type Settings } from '../../lambdas/platform/settings.ts';

/** The runbook for people, made of nothing but what the playbooks declare. Markdown, not yet formatted. */
export const renderRunbook = (): string =>
  [INTRODUCTION, chainOf(), ...playbooks.map(chapter)].join('\n\n').concat('\n');

const INTRODUCTION = `# Runbook

<!-- Made from lambdas/catalog/playbooks by \`npm run runbook\`. Edit the playbooks, not this file. -->

What the responder does about each fault, and what is left to people. Each chapter is one playbook: what raises it, what is
looked at (every answer is kept as evidence), how it decides, what it may do, and how a repair is proven. A repair counts as
\`resolved\` only when an independent check of the business says so and the alarm is back to OK.

A decision is made by the first row of its table that fits. "A person" is anyone who reads the SRE topic; FinOps is notified of
SEV-1, and of what a chapter names. The severity is the alarm's, or the decision's where that is higher. Where a row
leaves something to a person, the run ends \`escalated\` once its plan is carried out; a plan that needs approval is shown in
the message, and is not begun before. A plan needs approval where its playbook is trusted no further, where the decision
says so, or where it holds an action that can't be undone and that the chapter does not argue for. Nothing is done either while a guard forbids it: another run at work on the same
target, a cause further up the chain, a closed period, a lost lock.

In SQL, \`$1\`, \`$2\`, … are what the responder passes: the first day of the period, the moment of the check, a job's name or a
limit; each run's evidence has them. Of several SQL statements under one question, the first are those that
\`runbook-by-hand.md\` prints: they are kept as evidence, and decisions rest on the others.

A person starts a playbook by invoking \`responder-manual\`, and only rehearses it with \`"mode": "dry-run"\`:

\`\`\`bash
aws lambda invoke --function-name responder-manual --payload '{"run": "cur-freshness", "target": {"period": "2025-09"}, "mode": "dry-run", "by": "you", "reason": "why"}' --cli-binary-format raw-in-base64-out out.json
\`\`\``;

function chainOf(): string {
  const links = chain.map(
    ({ name, playbook, frozenWhenClosed }) =>
      `| ${name} | [${playbook}](#${anchor(playbookTitle(playbook))}) | ${frozenWhenClosed ? 'no: its figures are frozen' : 'yes'} |`,
  );
  return `## Cause before symptom

Each link depends on the ones above it. While one of those is unhealthy, a playbook further down does not act: it names the
cause, joins its incident, and runs once that is over.

| link | playbook | can be the cause in a closed period |
| --- | --- | --- |
${links.join('\n')}`;
}

function chapter(playbook: AnyPlaybook): string {
  return [
    `## ${playbookTitle(playbook.id)}`,
    `Playbook \`${playbook.id}\`${afterOf(playbook)}.`,
    '### Symptoms',
    [...playbook.alarms.map(alarmLine), ...playbook.symptoms.map((symptom) => `- ${symptom}`)].join('\n'),
    ...(playbook.alarms.length === 0 ? ['No alarm starts it; a person does.'] : []),
    '### What is looked at',
    Object.values(playbook.probes).map(looked).join('\n\n'),
    '### How it decides',
    ['| | when | then |', '| --- | --- | --- |', ...Object.entries(playbook.branches).map(row)].join('\n'),
    '### What it may do',
    playbook.actions.length === 0
      ? 'Nothing: it only notifies people.'
      : playbook.actions.map((action) => done(action, playbook)).join('\n'),
    '### How a repair is proven',
    proof(playbook),
    '### Who is called',
    called(playbook),
  ].join('\n\n');
}

const playbookTitle = (id: string): string => {
  const found = playbooks.find((playbook) => playbook.id === id);
  if (!found) throw new TypeError(`the chain names playbook "${id}", which is not in the registry`);
  const alone = playbooks.filter(({ section }) => section === found.section).length === 1;
  return alone ? found.section : `${found.section}: ${found.id}`;
};

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

function afterOf({ id }: AnyPlaybook): string {
  const links = upstreamOf(id).map(({ name }) => name);
  return links.length === 0 ? '' : `, after ${links.join(', ')}`;
}

function alarmLine(alarm: AlarmDeclaration): string {
  const { name, metric, threshold, severity, description, datapoints, periodMinutes } = alarm;
  const limit = 'above' in threshold ? `above ${threshold.above}` : `below ${threshold.below}`;
  const { breaching, outOf } = datapoints;
  const minutes = outOf * periodMinutes;
  const during =
    breaching === outOf ? `for ${minutes} min` : `for ${breaching * periodMinutes} of ${minutes} min`;
  return `- Alarm \`${name}\` (${severity}): \`${metric}\` ${limit} ${during}. ${description}`;
}

const looked = (probe: ProbeDefinition<never, unknown>): string =>
  [`**${probe.question}** (\`${probe.name}\`)`, ...probe.queries.map(code)].join('\n\n');

/** Without the blanks at the ends of lines, which editors take away. */
export const asPrinted = (text: string): string => text.trim().replace(/[ \t]+$/gm, '');

function code(text: string): string {
  const printed = asPrinted(text);
  const language = printed.startsWith('aws ') ? 'bash' : /^(select|with)\b/i.test(printed) ? 'sql' : 'text';
  return `\`\`\`${language}\n${printed}\n\`\`\``;
}

const row = ([branch, { when, then }]: [string, { when: string; then: string }]): string =>
  `| \`${branch}\` | ${cell(when)} | ${cell(then)} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Parameters show as their own names: `start Glue job cur_ingest_prod for {period}`. */
const NAMES_OF_PARAMS = new Proxy({}, { get: (_, key) => `{${String(key)}}` });
const SETTINGS = { estate: Estate.parse({}) } as Settings;

function done(action: ActionDefinition, playbook: AnyPlaybook): string {
  const { name, undo, repeat, closedPeriod } = action;
  return [
    `- \`${name}\`: ${action.describe(NAMES_OF_PARAMS, SETTINGS)}. ${repeat}`,
    'by' in undo ? `Rolled back by \`${undo.by}\`: ${undo.why}` : `It can't be undone: ${undo.irreversible}`,
    ...(action.changes ? [whoApproves(action, playbook)] : []),
    ...(closedPeriod === 'refused' ? [] : [`It may touch a closed period: ${closedPeriod.allowed}`]),
  ].join(' ');
}

function whoApproves(action: ActionDefinition, { withoutApproval = {} }: AnyPlaybook): string {
  const argument = withoutApproval[action.name];
  const people = action.money ? ' Where approval is needed, two people give it.' : '';
  if (!wantsArgument(action)) return `It needs nobody's approval.${people}`;
  return argument === undefined
    ? `It needs approval${action.money ? ' of two people' : ''}.`
    : `It needs nobody's approval: ${argument}${people}`;
}

function proof({ recovery, alarms }: AnyPlaybook): string {
  const looks = Object.values(recovery.probes).map(({ question, name }) => `- ${question} (\`${name}\`)`);
  const ok = alarms.length > 0 ? ['- The alarm behind the run is OK on new datapoints.'] : [];
  return [...looks, ...ok].join('\n');
}

function called({ alarms, finops = [] }: AnyPlaybook): string {
  const severities = [...new Set(alarms.map(({ severity }) => severity))].sort();
  const sre = `SRE hears of every outcome${severities.length > 0 ? ` (${severities.join(', ')})` : ''}.`;
  return finops.length === 0 ? sre : `${sre} FinOps hears at once of: ${finops.join(', ')}.`;
}
