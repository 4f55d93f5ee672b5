import type { RunRequest } from '../domain/run-request.ts';
import type { Journal } from '../platform/journal.ts';
import { carryOut } from './carry-out.ts';
import { concludeAfter, type Concluded, type Reach } from './conclude.ts';
import { diagnose } from './diagnose.ts';
import { actingMessage } from './messages.ts';
import { guardBeforeActing } from './plan-guards.ts';
import { guardBeforeDiagnosing } from './preflight-guards.ts';
import { rehearsed } from './rehearsal.ts';
import { NothingNew } from './nothing-new.ts';
import { contextOf, type Dependencies, type RunContext } from './run-context.ts';
import type { RunResult } from './run-state.ts';
import { seekApproval } from './seek-approval.ts';
import { notifyPeople } from './notify-people.ts';
import { proveHealthy, proveOver, proveOvertaken, proveRepaired } from './verify.ts';

/**
 * One run: guard ▶ diagnose ▶ decide ▶ guard ▶ act ▶ wait ▶ verify ▶ notify ▶ record. It ends in one
 * of the outcomes, and people are notified. It throws for a broken request, and when for hours nobody
 * could be notified or nothing recorded: then the dead-letter queue takes over.
 */
export async function runPlaybook(
  request: RunRequest,
  journal: Journal,
  dependencies: Dependencies,
): Promise<Concluded | Unsaid> {
  const run = contextOf(request, journal, dependencies);
  try {
    return await concludeAfter(run, stagesOf(run));
  } catch (error) {
    if (!(error instanceof NothingNew)) throw error;
    return { run: request.run, nothingNew: error.message, operations: journal.operations };
  }
}

/** People know of everything that stands behind the alarm: nobody is notified, and nothing is put on record. */
interface Unsaid {
  readonly run: string;
  readonly nothingNew: string;
  readonly operations: number;
}

const stagesOf =
  (run: RunContext) =>
  async (reach: Reach): Promise<RunResult> => {
    const { cause, mode } = run.request;
    const opened = reach(await guardBeforeDiagnosing(run));
    if (opened.end) return opened.end;
    if (cause.kind === 'recovery') return proveOver(run, opened);

    const decided = reach(await diagnose(run, opened));
    if (decided.end) return decided.end;
    const { decision } = decided;
    if (decision.kind !== 'act' && mode === 'dry-run') return rehearsed(run, decided);
    if (decision.kind === 'escalate') return { outcome: 'escalated', why: decision.why };
    if (decision.kind === 'leave') return proveHealthy(run, decided);

    const asked = reach(await seekApproval(run, { ...decided, decision }));
    if (asked.end) return asked.overtaken ? proveOvertaken(run, asked, asked.overtaken) : asked.end;
    const granted = reach(await guardBeforeActing(run, asked));
    if (granted.end) return granted.end;
    const acting = actingMessage(run, granted);
    await notifyPeople(run, 'notify:acting', run.settings.topics.sre, acting, undefined, true);
    const carriedOut = reach(await carryOut(run, granted));
    if (!carriedOut.end) return proveRepaired(run, carriedOut);
    const { overtaken, end } = carriedOut;
    return overtaken ? proveOvertaken(run, carriedOut, overtaken) : end;
  };
