import { readable } from '../../../lambdas/domain/words.ts';
import { playbookById } from '../../../lambdas/catalog/playbooks/registry.ts';
import type { Outcome } from '../../../lambdas/domain/outcome.ts';
import type { KeptMessage } from '../../../emulator/aws/sns.ts';
import { wasGranted, type DrillRun } from '../result.ts';
import { isHealthy, type Check } from './seen.ts';

/** What the escalation says of an incident. */
const CALLS: readonly (string | undefined)[] = ['called', 'joined', 'acknowledged', 'over', 'postmortem'];
const SRE = 'commercial-ops-sre';
const FINOPS = 'commercial-ops-finops';

/**
 * Of every run SRE hears its outcome, before that that it acts, and before that that they are asked; FinOps the outcomes
 * that its playbook names, and what two people are asked.
 */
export const peopleNotified: Check = ({ runs, told }) => {
  // The daily report is of all runs.
  const all = told.filter(
    ({ topicArn, attributes }) =>
      [SRE, FINOPS].includes(topicOf(topicArn)) && attributes['event'] !== 'report',
  );
  const calls = all.filter(({ attributes }) => CALLS.includes(attributes['event']));
  const people = all.filter((message) => !calls.includes(message));
  const strange = [
    ...people.filter((message) => !runs.some((run) => isAbout(message, run))),
    ...calls.filter(({ attributes }) => !runs.some(({ incident }) => attributes['incident'] === incident)),
  ];
  return [
    ...strange.map(({ subject }) => `people were notified of no run: "${subject}"`),
    ...runs.flatMap((run) =>
      ofRun(
        run,
        people.filter((message) => isAbout(message, run)),
      ),
    ),
  ];
};

function ofRun(run: DrillRun, messages: readonly KeptMessage[]): string[] {
  const { outcome } = run;
  const heard = (topic: string) =>
    messages
      .filter(({ topicArn }) => topicOf(topicArn) === topic)
      .map(({ attributes }) => attributes['event'] ?? '');
  const wanted = [
    ...(run.steps.includes('approval:ask') ? ['approval'] : []),
    ...(wasGranted(run) ? ['acting'] : []),
    outcome ?? '',
  ];
  const sre = heard(SRE);
  // Waiting on is no news: nobody is notified again of the sweep's later refusals, and those that join an incident are counted
  // in its own message. The check whether an incident is over says so when it is.
  const waits = outcome === 'refused' && (run.cause === 'sweep' || run.incident !== `INC-${run.run}`);
  const silent = sre.length === 0 && (waits || (run.cause === 'recovery' && !isHealthy(outcome)));
  const lines: string[] = [];
  if (!silent && JSON.stringify(sre) !== JSON.stringify(wanted)) {
    lines.push(`SRE heard of ${run.run}: ${sre.join(', ') || 'nothing'}; wanted ${wanted.join(', ')}`);
  }
  const finops = playbookById(run.playbook)?.finops?.includes(outcome as Outcome);
  const askedTwo = run.steps.includes('notify:approval:finops') ? ['approval'] : [];
  const theirs = [...askedTwo, ...(finops || askedTwo.length > 0 ? [outcome ?? ''] : [])];
  // They also hear of incidents of a high severity.
  if (theirs.length > 0 && JSON.stringify(heard(FINOPS)) !== JSON.stringify(theirs)) {
    lines.push(
      `FinOps heard of ${run.run}: ${heard(FINOPS).join(', ') || 'nothing'}; wanted ${theirs.join(', ')}`,
    );
  }
  return [...lines, ...(silent ? [] : lastWords(run, messages.at(-1)?.message ?? ''))];
}

/** The message that ends a story must say how it ended, where to look, and what is asked. */
function lastWords({ run, why, incident, outcome }: DrillRun, message: string): string[] {
  const asked = isHealthy(outcome) ? /Your next step: nothing\b/ : /Your next step: \S/;
  const lacks = [
    ...(message.includes(readable(why ?? '')) ? [] : ['its reason']),
    ...(message.includes(incident) ? [] : ['its incident']),
    ...(asked.test(message) ? [] : ['what is asked of people']),
  ];
  return lacks.length === 0 ? [] : [`the last message on ${run} is missing ${lacks.join(', ')}`];
}

const isAbout = ({ attributes }: KeptMessage, { run }: DrillRun): boolean => attributes['run'] === run;
export const topicOf = (topicArn: string): string => topicArn.split(':').at(-1) ?? '';
