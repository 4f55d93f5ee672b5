import type { RunRequest } from '../domain/run-request.ts';
import type { Journal } from '../platform/journal.ts';
import { carryOut } from './carry-out.ts';
import { concludeAfter, type Concluded } from './conclude.ts';
import { diagnose } from './diagnose.ts';
import { actingMessage } from './messages.ts';
import { guardBeforeActing } from './plan-guards.ts';
import { guardBeforeDiagnosing } from './preflight-guards.ts';
import { rehearsed } from './rehearsal.ts';
import { contextOf, type Dependencies } from './run-context.ts';
import { seekApproval } from './seek-approval.ts';
import { notifyPeople } from './notify-people.ts';
import { proveHealthy, proveOver, proveRepaired } from './verify.ts';

/**
 * One run: guard ▶ diagnose ▶ decide ▶ guard ▶ act ▶ wait ▶ verify ▶ notify ▶ record. It ends in one
 * of the outcomes, and people are notified. It throws for a broken request, and when for hours nobody
 * could be notified or nothing recorded: then the dead-letter queue takes over.
 */
export async function runPlaybook(
  request: RunRequest,
  journal: Journal,
  dependencies: Dependencies,
): Promise<Concluded> {
  const run = contextOf(request, journal, dependencies);
  const { cause, mode } = request;
  return concludeAfter(run, async (reach) => {
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
    if (asked.end) return asked.end;
    const granted = reach(await guardBeforeActing(run, asked));
    if (granted.end) return granted.end;
    await notifyPeople(run, 'notify:acting', run.settings.topics.sre, actingMessage(run, granted));
    const carriedOut = reach(await carryOut(run, granted));
    return carriedOut.end ?? proveRepaired(run, carriedOut);
  });
}
