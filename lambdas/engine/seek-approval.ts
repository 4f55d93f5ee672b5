import { moment } from '../domain/words.ts';
import { createHash } from 'node:crypto';
import { requesterOf, type RunRequest } from '../domain/run-request.ts';
import { planHash } from '../domain/decision.ts';
import { limitsOf } from '../domain/limits.ts';
import type { EvidenceBody } from '../domain/run-record.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Attempt } from '../platform/journal.ts';
import { completeCallback } from '../platform/complete-callback.ts';
import { approvalIdOf, approvalOf, closeApproval, offerCallback, putApproval } from '../record/approvals.ts';
import { approvalNeed, type ApprovalNeed } from './approval-need.ts';
import type { Overtaken } from './carry-out.ts';
import { approvalMessage } from './messages.ts';
import { guardBeforeAsking } from './plan-guards.ts';
import { wouldDo } from './plans.ts';
import type { Noted, RunContext } from './run-context.ts';
import { parseFinding, runProbes, type Findings } from './run-probes.ts';
import type { Ended, Planned } from './run-state.ts';
import { withoutOddItems } from './set-aside.ts';
import { notifyPeople } from './notify-people.ts';

type Needed = ApprovalNeed & { needed: true };

/**
 * If the plan needs people, shows them plan, evidence and limits, and waits for enough of them. They
 * approve this plan on this evidence: before it is carried out everything is checked again, and a
 * change voids the approval.
 */
export async function seekApproval(
  run: RunContext,
  planned: Planned,
): Promise<(Planned | Ended<Planned>) & Overtaken> {
  const { request, playbook } = run;
  const { decision, trust } = planned;
  // In shadow mode nobody is asked; a guard refuses what there is, or what cannot say its level.
  if (request.mode !== 'live' || trust === 'shadow') return planned;
  const need = approvalNeed(playbook, decision, trust ?? 'shadow');
  if (!need.needed) return planned;

  const claimed = onlyClaimed(request);
  if (claimed !== undefined) {
    const why =
      `${decision.why}; the plan needs approval (${need.why}), and ${claimed}: ` +
      'request the run with npm run respond -- run';
    return { ...planned, end: { outcome: 'escalated', why } };
  }
  const asking = await guardBeforeAsking(run, planned);
  if (asking.end) return asking;
  await askPeople(run, asking, need);
  const { no, approvedBy } = await weighApproval(run, asking);
  const asked = { ...asking, ...(need.people === 2 && { askedFinops: true as const }) };
  if (!no) return { ...asked, ...(approvedBy && { approvedBy }) };
  const why = `${decision.why}; approval ${no.state}: ${no.why}`;
  if (no.state === 'refused') return { ...asked, end: { outcome: 'refused', why } };
  // Nobody has approved it, or it was of other evidence: somebody may have repaired it by hand instead.
  const overtaken = request.cause.kind !== 'undo' && { overtaken: 'whole' as const };
  return { ...asked, end: { outcome: 'escalated', why }, ...overtaken };
}

/** @returns what of the run's cause nobody has proven: its sender could be who approves */
function onlyClaimed(request: RunRequest): string | undefined {
  const { cause } = request;
  if (requesterOf(request) !== undefined) return undefined;
  if (cause.kind === 'manual' || cause.kind === 'replay')
    return `nothing proves that "${cause.by}" requested it`;
  return cause.kind === 'alarm' && cause.unproven !== undefined
    ? `nothing proves its alarm (${cause.unproven})`
    : undefined;
}

/** Returns once they have decided, or time is up. */
async function askPeople(run: RunContext, planned: Planned, need: Needed): Promise<void> {
  const { request, settings, pool, tools, journal, notes } = run;
  const id = approvalIdOf(request.run);
  const seconds = settings.limits.approvalHours * 3_600;
  const { expiresAt } = await putRequest(run, planned, need, seconds);
  const askedAt = new Date(Date.parse(expiresAt) - seconds * 1_000).toISOString();
  const message = approvalMessage(run, planned, { id, need, expiresAt, askedAt });
  const { sre, finops } = settings.topics;
  await notifyPeople(run, 'notify:approval', sre, message);
  if (need.people === 2) await notifyPeople(run, 'notify:approval:finops', finops, message);
  await journal.called(
    'approval:wait',
    async (callbackId) => {
      // In this order: an approval between the two finds the callback, or is found here.
      const decided = await offerCallback(pool(), id, callbackId);
      if (decided) await completeCallback(tools, callbackId, 'decided already');
    },
    seconds,
  );
  notes.add({ ledgerWrites: 1 });
}

const putRequest = (
  run: RunContext,
  { decision, findings, effect }: Planned,
  need: Needed,
  seconds: number,
): Promise<{ expiresAt: string }> =>
  run.step(
    'approval:ask',
    async () => {
      const { request, playbook, settings } = run;
      const requestedAt = run.now();
      const expiresAt = new Date(requestedAt.getTime() + seconds * 1_000).toISOString();
      await putApproval(run.pool(), {
        id: approvalIdOf(request.run),
        run: request.run,
        people: need.people,
        expiresAt,
        planSha256: planHash(decision.plan),
        evidenceSha256: evidenceHash(run, findings),
        shown: {
          plan: wouldDo(decision, run),
          actions: decision.plan,
          why: need.why,
          decision: decision.why,
          evidence: findings.told,
          effect,
          limits: limitsOf(settings.limits, playbook).blastRadius,
        },
        requester: requesterOf(request)?.person ?? null,
        requestedAt: requestedAt.toISOString(),
      });
      return { expiresAt, ledgerWrites: 1 };
    },
    ({ expiresAt }) => ({
      tell: `approval requested from ${need.people === 1 ? '1 person' : '2 people'} by ${moment(expiresAt)}: ${need.why}`,
    }),
  );

/** Probes whose answers stay the same unless somebody changes the data behind them. */
const lastingProbes = ({ playbook }: RunContext): string[] =>
  Object.keys(playbook.probes).filter((key) => playbook.probes[key]?.momentary === undefined);

function evidenceHash(run: RunContext, { finding }: Findings): string {
  const lasting = lastingProbes(run).map((key) => [key, finding[key]]);
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(lasting)))
    .digest('hex');
}

interface Weighed extends Noted {
  /** Present: it is not approved. */
  readonly no?: { readonly state: 'refused' | 'expired' | 'void'; readonly why: string };
  readonly approvedBy?: readonly string[];
}

/** How the request ended; if approved, whether the approval still applies. */
const weighApproval = (run: RunContext, planned: Planned): Promise<Weighed> =>
  run.step<Weighed>(
    'approval:weigh',
    async (attempt) => {
      const { request, pool, now } = run;
      const at = now();
      const id = approvalIdOf(request.run);
      const approval = await approvalOf(pool(), request.run, planHash(planned.decision.plan));
      if (!approval) throw new Error(`the request ${id} is not on record; wanted what people decided`);
      const { state, why: reason, people, approvers, expiresAt } = approval;
      const close = async (state: 'expired' | 'void', why: string, noted: Noted = {}): Promise<Weighed> => {
        const closed = await closeApproval(pool(), id, state, { at: at.toISOString(), why });
        if (!closed) throw new Error(`${id} is decided by now; it must be weighed again`);
        return { ...noted, no: { state, why }, ledgerWrites: 1 };
      };
      switch (state) {
        case 'open': {
          const given = `${approvers.length} of ${people} people had approved`;
          return Date.parse(expiresAt) <= at.getTime()
            ? close('expired', `${given} by ${moment(expiresAt)}`)
            : close('void', `${given}, and the run could not wait for more of them`);
        }
        case 'approved': {
          const { changed, evidenceSets } = await recheckEvidence(run, planned, attempt);
          const noted = { evidenceSets };
          return changed === undefined ? { ...noted, approvedBy: approvers } : close('void', changed, noted);
        }
        case 'refused':
          return { no: { state, why: reason ?? 'no reason given' } };
        // Closed by an attempt of this step whose answer was lost.
        default:
          return { no: { state, why: reason ?? 'no reason given' }, ledgerWrites: 1 };
      }
    },
    ({ no }) => ({ tell: no ? `approval ${no.state}: ${no.why}` : 'approved, and the evidence is the same' }),
  );

/**
 * Probes twice: as of the moment that people saw, which must give the same answers unless somebody
 * changed the data; and as of now, which must lead to the same plan.
 */
async function recheckEvidence(
  run: RunContext,
  { decision, target, findings }: Planned,
  attempt: Attempt,
): Promise<Rechecked> {
  const { playbook, request } = run;
  const then = { target, now: new Date(findings.at) };
  const again = await runProbes(playbook.probes, 'approved-then', then, run);
  const today = { target, now: run.now() };
  const fresh = await runProbes(playbook.probes, 'approved-now', today, run);
  const evidenceSets = [...again.sealed, ...fresh.sealed];
  const changed = lastingProbes(run).filter(
    (key) => canonicalJson(again.finding[key]) !== canonicalJson(findings.finding[key]),
  );
  if (changed.length > 0) {
    const names = changed.map((key) => playbook.probes[key]?.name ?? key);
    const told = tellChanged(names, findings, again);
    return { evidenceSets, changed: `the evidence has changed since it was shown (${told})` };
  }
  if (request.cause.kind === 'undo') return { evidenceSets };
  const proposed = playbook.decide(parseFinding(playbook, fresh.finding), today);
  const decided = await withoutOddItems(run, proposed, today, attempt);
  const same = decided.kind === 'act' && planHash(decided.plan) === planHash(decision.plan);
  if (same) return { evidenceSets };
  return { evidenceSets, changed: `today's evidence leads to another plan (${decided.branch})` };
}

interface Rechecked {
  readonly evidenceSets: readonly EvidenceBody[];
  /** In one line, when it has. */
  readonly changed?: string;
}

/** Each answer that differs: before and now. */
const tellChanged = (names: readonly string[], before: Findings, now: Findings): string =>
  names
    .map((name) => {
      const [was, is] = [before, now].map(
        ({ told }) => told.find(({ probe }) => probe === name)?.tell ?? 'unknown',
      );
      return `${name}: it was shown as "${was}", and is "${is}"`;
    })
    .join('; ');
