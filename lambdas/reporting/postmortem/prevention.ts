import { list } from '../../domain/words.ts';
import { auditKey } from '../../record/audit-keys.ts';
import { receiptOf } from '../../domain/escalation-message.ts';
import { stepOf } from '../../domain/step-name.ts';
import type { Gathered } from '../../record/gathered.ts';
import { isLate } from './judgement.ts';
import { PREVENTION_RULES, type PreventionRule, type Sign } from './prevention-rules.ts';
import { fact, type Fact, type Source, type Sources } from './source.ts';

/** What a rule fits, in words, and where that is on record. */
interface Ground {
  readonly words: string;
  readonly source: Source;
}

/** Actions that the record supports. @returns one fact that says so when no rule fits */
export function preventionOf(gathered: Gathered, sources: Sources): Fact[] {
  const proposed = [
    ...byBranch(gathered, sources),
    ...PREVENTION_RULES.map((rule) => [rule.propose, groundsOf(rule, gathered, sources)] as const),
  ].flatMap(([propose, [first, ...rest]]) => {
    if (!first) return [];
    const words = [...new Set([first, ...rest].map((ground) => ground.words))];
    return [
      fact(`${propose} (derived from ${list(words)})`, first.source, ...rest.map(({ source }) => source)),
    ];
  });
  return proposed.length > 0
    ? proposed
    : [fact('None derived: no rule of prevention fits what is on record', sources.record)];
}

/** What the rows taken propose; each proposal once, with all its rows. */
function byBranch({ runs }: Gathered, sources: Sources): (readonly [string, Ground[]])[] {
  const proposed = new Map<string, Ground[]>();
  for (const { run, playbook, decision } of runs) {
    const prevention = decision?.row?.prevention;
    if (prevention === undefined) continue;
    const ground = {
      words: `row "${decision?.branch ?? ''}" of ${playbook}`,
      source: sources.audit(auditKey.ended(run)),
    };
    proposed.set(prevention, [...(proposed.get(prevention) ?? []), ground]);
  }
  return [...proposed];
}

function groundsOf({ from }: PreventionRule, gathered: Gathered, sources: Sources): Ground[] {
  const { runs } = gathered;
  const ended = (run: string): Source => sources.audit(auditKey.ended(run));
  if ('guard' in from)
    return runs
      .filter(({ guards }) => guards.some(({ guard, answer }) => guard === from.guard && answer === 'refuse'))
      .map(({ run }) => ({ words: `a refusal of guard ${from.guard}`, source: ended(run) }));
  if ('outcome' in from)
    return runs
      .filter(({ outcome }) => outcome === from.outcome)
      .map(({ run }) => ({ words: `a run that ended ${from.outcome}`, source: ended(run) }));
  return SIGNS[from.sign](gathered) ? [{ words: SIGN_WORDS[from.sign], source: sources.record }] : [];
}

const SIGNS: Readonly<Record<Sign, (gathered: Gathered) => boolean>> = {
  'late-message': ({ told }) => told.some(isLate),
  'not-told': ({ told }) =>
    told.some((one) => one.recipient !== 'jira' && (one.confirmed === 0 || receiptOf(one) !== 'told')),
  'rung-unanswered': ({ told }) => told.some(({ message }) => message.kind === 'call' && message.level > 1),
  'sent-twice': ({ runs }) => runs.some(({ steps }) => steps.some(({ name }) => stepOf(name, 'act')?.again)),
  'came-back': ({ episode }) => episode > 1,
  'approval-lapsed': ({ runs }) => runs.some(({ approval }) => approval?.state === 'expired'),
};

const SIGN_WORDS: Readonly<Record<Sign, string>> = {
  'late-message': 'a message that was late',
  'not-told': 'a message that nobody got',
  'rung-unanswered': 'an escalation level that nobody answered',
  'sent-twice': 'an action that was sent again',
  'came-back': 'the incident’s return',
  'approval-lapsed': 'an approval that expired',
};
