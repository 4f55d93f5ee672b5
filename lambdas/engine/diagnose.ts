import type { Decision } from '../domain/decision.ts';
import type { EvidenceBody } from '../domain/run-record.ts';
import { createRecordReader } from '../record/read.ts';
import type { RunContext } from './run-context.ts';
import { keptFindings, parseFinding, runProbes, type Findings } from './run-probes.ts';
import type { Decided, Diagnosed, Ended, Opened } from './run-state.ts';
import { withoutOddItems } from './set-aside.ts';
import { decideUndo } from './undo.ts';

/**
 * Runs all probes of the playbook, or takes what another run kept, and decides. One checkpoint holds
 * both, so that a crash or deployment does not change decision or evidence. Nothing is decided while a
 * probe does not answer.
 */
export async function diagnose(run: RunContext, opened: Opened): Promise<Decided | Ended<Diagnosed>> {
  const { request, playbook } = run;
  const record = createRecordReader(run.pool());
  const { target } = opened;
  const { cause } = request;
  // Evidence of another day may be used for a rehearsal, never for acting.
  const kept =
    cause.kind === 'replay' && cause.evidence === 'kept' && request.mode === 'dry-run' ? cause.of : undefined;
  const { findings, decision } = await run.step<Diagnosis>(
    'diagnose',
    async ({ isLast, known }) => {
      const now = run.now();
      const findings =
        kept === undefined
          ? await runProbes(playbook.probes, 'before', { target, now, tolerant: isLast }, run)
          : await keptFindings(kept, playbook, record, now);
      const evidenceSets = findings.sealed;
      if (findings.failed.length > 0) return { findings, evidenceSets };
      const finding = parseFinding(playbook, findings.finding);
      const decided =
        cause.kind === 'undo'
          ? await decideUndo(record, cause)
          : playbook.decide(finding, { target, now: new Date(findings.at) });
      const decision = await withoutOddItems(run, decided, { target, now }, { known });
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
  if (decision) return { ...opened, findings, decision };
  const why = `could not look, so nothing is done: ${findings.failed.join('; ')}`;
  return { ...opened, findings, end: { outcome: 'escalated', why } };
}

interface Diagnosis {
  readonly findings: Findings;
  readonly decision?: Decision;
  readonly evidenceSets: readonly EvidenceBody[];
}
