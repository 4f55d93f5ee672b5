import { incidentOf } from '../domain/run-record.ts';
import type { Cause, RunRequest } from '../domain/run-request.ts';
import { tellError } from '../platform/error-cause.ts';
import type { Journal } from '../platform/journal.ts';
import { carryOut, type NotCarriedOut } from './carry-out.ts';
import { conclude, type Concluded } from './conclude.ts';
import { diagnose } from './diagnose.ts';
import { actingMessage } from './messages.ts';
import { guardBeforeActing } from './plan-guards.ts';
import { guardBeforeDiagnosing } from './preflight-guards.ts';
import { rehearsed } from './rehearsal.ts';
import { contextOf, type Dependencies, type RunContext } from './run-context.ts';
import type { Begun, Decided, Diagnosed, Granted, Opened, RunResult, RunState } from './run-state.ts';
import { seekApproval } from './seek-approval.ts';
import { tellPeople } from './tell-people.ts';
import { verify, verifyMetric } from './verify.ts';

/**
 * One run: guard ▶ diagnose ▶ decide ▶ guard ▶ act ▶ wait ▶ verify ▶ notify ▶ record.
 * It ends in one of the outcomes, and people are told. It throws for a broken request, and when for hours nobody could
 * be told or nothing recorded: then the dead letter speaks.
 */
export async function runPlaybook(
  request: RunRequest,
  journal: Journal,
  dependencies: Dependencies,
): Promise<Concluded> {
  const run = contextOf(request, journal, dependencies);
  const begun = begin(run);
  let reached: RunState = begun;
  let result: RunResult;
  try {
    result = await pursue(run, begun, (link) => {
      reached = link;
      return link;
    });
  } catch (error) {
    // A programmer's mistake or a probe that never answered: nothing more is tried, and people hear of it.
    result = { outcome: 'failed', why: `the run itself failed: ${tellError(error as Error)}` };
  }
  return conclude(run, reached, result);
}

/** Remembers how far the run has come: what is known then is on record also if the next stage fails. */
type Reach = <Link extends RunState>(link: Link) => Link;

async function pursue(run: RunContext, begun: Begun, reach: Reach): Promise<RunResult> {
  const opened = reach(await guardBeforeDiagnosing(run, begun));
  if (opened.end) return opened.end;
  if (run.request.cause.kind === 'recovery') return isItOver(run, opened);

  const diagnosed = reach(await diagnose(run, opened));
  if (!diagnosed.decision) return couldNotLook(diagnosed);
  const { decision } = diagnosed;
  if (decision.kind !== 'act') return leaveOrEscalate(run, diagnosed);

  const asked = reach(await seekApproval(run, { ...diagnosed, decision }));
  if (asked.end) return asked.end;
  const granted = reach(await guardBeforeActing(run, asked));
  if (granted.end) return granted.end;
  await tellPeople(run, 'notify:acting', run.settings.topics.sre, actingMessage(run, granted));
  const carriedOut = await carryOut(run, granted);
  return carriedOut.ok ? hasItHelped(run, granted) : notCarriedOut(carriedOut);
}

/** People may have repaired it, or it has passed: an incident ends by proof, not because its alarm is quiet. */
async function isItOver(run: RunContext, opened: Opened): Promise<RunResult> {
  const { verdict, tell } = await verify(run, opened);
  return { outcome: verdict === 'recovered' ? 'self-healed' : 'inconclusive', why: tell };
}

const couldNotLook = ({ findings }: Diagnosed): RunResult => ({
  outcome: 'escalated',
  why: `could not look, so nothing is done: ${findings.failed.join('; ')}`,
});

async function leaveOrEscalate(run: RunContext, decided: Decided): Promise<RunResult> {
  const { kind, why } = decided.decision;
  if (run.request.mode === 'dry-run') return rehearsed(run, decided);
  if (kind === 'escalate') return { outcome: 'escalated', why };
  const { verdict, tell } = await verify(run, decided);
  return verdict === 'recovered'
    ? { outcome: 'self-healed', why: `${why}; ${tell}` }
    : { outcome: 'inconclusive', why: `${why}; but ${tell}` };
}

function notCarriedOut({ refused, why }: NotCarriedOut): RunResult {
  const outcome = refused === 'wholly' ? 'refused' : refused ? 'escalated' : 'failed';
  return { outcome, why };
}

async function hasItHelped(run: RunContext, granted: Granted): Promise<RunResult> {
  const { handOff, why } = granted.decision;
  if (handOff) {
    const { tell } = await verifyMetric(run, granted);
    return { outcome: 'escalated', why: `${handOff.why}; the rest was done: ${why}; now ${tell}` };
  }
  const { verdict, tell } = await verify(run, granted);
  switch (verdict) {
    case 'recovered':
      return { outcome: 'resolved', why: tell };
    case 'not-known':
      return { outcome: 'inconclusive', why: tell };
    case 'not-recovered':
      return { outcome: 'ineffective', why: `the plan was carried out, but it did not help: ${tell}` };
  }
}

function begin({ request: { run, target, cause }, playbook }: RunContext): Begun {
  const incident = incidentOf(run);
  if (target) return { target: playbook.target.parse(target), incident };
  const name = 'alarm' in cause ? cause.alarm.name : (playbook.alarms[0]?.name ?? playbook.id);
  return { target: playbook.targetOf({ name, changedAt: new Date(momentOf(cause)) }), incident };
}

/** What an alarm is about moves on while it stands: the sweep asks for today's. */
function momentOf(cause: Cause): string {
  if (cause.kind === 'alarm') return cause.alarm.changedAt;
  return cause.kind === 'sweep' || cause.kind === 'recovery' ? cause.slot : cause.at;
}
