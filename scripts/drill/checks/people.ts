import { playbookById } from '../../../lambdas/playbooks/registry.ts';
import type { Outcome } from '../../../lambdas/record/model.ts';
import type { KeptMessage } from '../../sandbox/aws/sns.ts';
import { wasGranted, type DrillRun } from '../result.ts';
import { isHealthy, type Check } from './seen.ts';

const SRE = 'commercial-ops-sre';
const FINOPS = 'commercial-ops-finops';

/** Of every run SRE hears how it ended, before that when it acts, and before that when it asks for approval; FinOps of the outcomes that its playbook names. */
export const peopleTold: Check = ({ runs, told }) => {
  const people = told.filter(({ topicArn }) => [SRE, FINOPS].includes(topicOf(topicArn)));
  const strange = people.filter(({ message }) => !runs.some((run) => isAbout(message, run)));
  return [
    ...strange.map(({ subject }) => `people were told of no run: "${subject}"`),
    ...runs.flatMap((run) =>
      ofRun(
        run,
        people.filter(({ message }) => isAbout(message, run)),
      ),
    ),
  ];
};

function ofRun(run: DrillRun, messages: readonly KeptMessage[]): string[] {
  const { outcome } = run;
  const heard = (topic: string) =>
    messages.filter(({ topicArn }) => topicOf(topicArn) === topic).map(({ subject }) => kindOf(subject));
  const wanted = [
    ...(run.steps.includes('approval:ask') ? ['approval'] : []),
    ...(wasGranted(run) ? ['acting'] : []),
    outcome ?? '',
  ];
  const sre = heard(SRE);
  // Waiting on is no news: the sweep's later refusals are not told again.
  const silent = sre.length === 0 && run.cause === 'sweep' && outcome === 'refused';
  const lines: string[] = [];
  if (!silent && JSON.stringify(sre) !== JSON.stringify(wanted)) {
    lines.push(`SRE heard of ${run.run}: ${sre.join(', ') || 'nothing'}; wanted ${wanted.join(', ')}`);
  }
  const finops = playbookById(run.playbook)?.finops?.includes(outcome as Outcome);
  const told = heard(FINOPS).filter((kind) => kind !== 'approval').length;
  if (finops && told !== 1) {
    lines.push(`FinOps heard ${told} times of ${run.run} (${outcome}); wanted once`);
  }
  return [...lines, ...(silent ? [] : lastWords(run, messages.at(-1)?.message ?? ''))];
}

/** The message that ends a story must say how it ended, where to look, and what is asked. */
function lastWords({ run, why, incident, outcome }: DrillRun, message: string): string[] {
  const asked = isHealthy(outcome) ? /Asked of you: {3}nothing/ : /Asked of you: {3}(take over|nothing)/;
  const lacks = [
    ...(message.includes(`Outcome:        ${why}`) ? [] : ['its reason']),
    ...(message.includes(incident) ? [] : ['its incident']),
    ...(asked.test(message) ? [] : ['what is asked of people']),
  ];
  return lacks.length === 0 ? [] : [`the last message on ${run} lacks ${lacks.join(', ')}`];
}

const isAbout = (message: string, { run }: DrillRun): boolean => message.includes(`{"status":"${run}"}`);
const topicOf = (topicArn: string): string => topicArn.split(':').at(-1) ?? '';
const kindOf = (subject: string | null): string => /^\[([a-z-]+)\]/.exec(subject ?? '')?.[1] ?? subject ?? '';
