import { deciding, type Decision } from '../domain/decision.ts';
import type { Cause } from '../domain/run-request.ts';
import { createRecordReader } from '../record/read.ts';
import { step, type RunContext } from './run-context.ts';
import { parseFinding, runProbes, type Findings } from './run-probes.ts';
import type { Decided, Diagnosed, Opened } from './run-state.ts';
import { undoingOf } from './undo.ts';

/** A probe did not answer: then nothing may be decided. */
type Undecided = Diagnosed & { readonly decision?: never };

/**
 * Runs all probes of the playbook, or takes what another run kept, and decides. One checkpoint holds both: whatever
 * crashes or is deployed meanwhile, the run goes on with this decision on this evidence.
 */
export async function diagnose(run: RunContext, opened: Opened): Promise<Decided | Undecided> {
  const { request, playbook } = run;
  const { target } = opened;
  const { cause } = request;
  // What was seen another day is good for a rehearsal, never for acting.
  const kept =
    cause.kind === 'replay' && cause.evidence === 'kept' && request.mode === 'dry-run' ? cause.of : undefined;
  const { findings, decision } = await step<Diagnosis>(
    run,
    'diagnose',
    async ({ isLast }) => {
      const now = run.now();
      const findings =
        kept === undefined
          ? await runProbes(playbook.probes, 'before', { target, now, tolerant: isLast }, run)
          : await keptFindings(run, kept);
      const evidenceSets = kept === undefined ? ['before'] : [];
      if (findings.failed.length > 0) return { findings, evidenceSets };
      const finding = parseFinding(playbook, findings.finding);
      const decision =
        cause.kind === 'undo'
          ? await decideUndo(run, cause)
          : playbook.decide(finding, { target, now: new Date(findings.at) });
      return { findings, evidenceSets, decision };
    },
    ({ findings: { told, evidence, failed }, decision }) => ({
      tell:
        `${told.length} looks, ${evidence.length} answers kept; ` +
        (decision
          ? `${decision.kind}: ${decision.why}`
          : `${failed.length} looks failed: nothing is decided`),
      detail: { told, evidence, decision },
    }),
  );
  return decision ? { ...opened, findings, decision } : { ...opened, findings };
}

interface Diagnosis {
  readonly findings: Findings;
  readonly decision?: Decision;
  readonly evidenceSets: readonly string[];
}

const undoneBy = deciding({
  undo: { when: 'a person has an ineffective run undone', then: 'its actions’ compensations' },
});

/**
 * What is undone was decided by a person; the probes are the evidence of what they saw. What it takes is read from the
 * record, never from the request.
 */
async function decideUndo({ pool }: RunContext, cause: Cause & { kind: 'undo' }): Promise<Decision> {
  const undoing = await undoingOf(pool(), cause.of);
  if ('no' in undoing) throw new Error(`run ${cause.of} can't be undone: ${undoing.no}`);
  const why = `what run ${cause.of} did without effect is undone; the fault is still there`;
  const because = `${cause.by} has run ${cause.of} undone: ${cause.reason}`;
  return undoneBy.act('undo', because, undoing.plan, { handOff: { why, severity: 'SEV-3' } });
}

/** What the run of that name saw, to decide on it again. */
async function keptFindings({ playbook, pool, now }: RunContext, run: string): Promise<Findings> {
  const at = now().toISOString();
  const finding = await createRecordReader(pool()).findingOf(run);
  if (finding === undefined)
    return { at, finding: {}, told: [], evidence: [], failed: [`run ${run} kept no finding`] };
  const told = Object.entries(parseFinding(playbook, finding)).map(([key, value]) => {
    const probe = playbook.probes[key];
    return {
      probe: probe?.name ?? key,
      question: probe?.question ?? key,
      tell: probe?.describe(value as never) ?? '',
    };
  });
  return { at, finding: finding as Findings['finding'], told, evidence: [], failed: [] };
}
