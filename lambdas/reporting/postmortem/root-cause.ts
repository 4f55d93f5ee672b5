import { list } from '../../domain/words.ts';
import { auditKey } from '../../record/audit-keys.ts';
import type { Part } from './document.ts';
import type { Gathered, GatheredRun } from '../../record/gathered.ts';
import { fact, type Fact, type Sources } from './source.ts';
import { runWords } from './timeline.ts';

/** Each row of a decision table that was taken, once, with its probes. */
export function rootCauseOf({ runs }: Gathered, sources: Sources): Part[] {
  const decided = runs.filter(({ decision }) => decision !== null);
  if (decided.length === 0) {
    const none = 'No run came to a decision, so the record names no cause';
    return [{ kind: 'facts', facts: [fact(none, sources.record)] }];
  }
  const first = new Map<string, GatheredRun[]>();
  for (const run of decided) {
    const row = `${run.playbook} ${run.decision?.branch ?? ''}`;
    first.set(row, [...(first.get(row) ?? []), run]);
  }
  return [...first.values()].map((same) => decisionPart(same, sources));
}

function decisionPart(same: readonly GatheredRun[], sources: Sources): Part {
  const [run, ...others] = same as [GatheredRun, ...GatheredRun[]];
  const { decision, playbook } = run;
  const branch = decision?.branch ?? '';
  const ended = sources.audit(auditKey.ended(run.run));
  const row = decision?.row;
  const again = others.map((one) => one.run);
  return {
    kind: 'facts',
    title: `${playbook}: ${branch}`,
    facts: [
      fact(`Decided: ${decision?.kind ?? ''} on row "${branch}", by ${runWords(run)}`, ended),
      ...(row ? [fact(`The row reads: ${row.when}; then: ${row.then}`, ended)] : []),
      fact(`Why: ${decision?.why ?? ''}`, ended),
      ...looks(run, sources),
      ...(again.length > 0
        ? [
            fact(
              `Decided the same afterwards: ${list(again)}`,
              sources.audit(auditKey.ended(again[0] ?? '')),
              sources.record,
            ),
          ]
        : []),
    ],
  };
}

/** The finding, probe by probe, each with its evidence. */
function looks({ run, steps }: GatheredRun, sources: Sources): Fact[] {
  const told = steps.find(({ name }) => name === 'diagnose')?.told ?? [];
  return told.map(({ probe, question, tell }) => {
    const [first, ...rest] = sources.ofProbe(run, 'before', probe);
    return fact(`${question} ${tell}`, first ?? sources.record, ...rest);
  });
}
