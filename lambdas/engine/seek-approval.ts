import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import { limitsOf } from '../domain/limits.ts';
import { approvalIdOf, approvalOf, closeApproval, offerCallback, putApproval } from '../record/approvals.ts';
import type { ApprovalNeed } from './approval-need.ts';
import { wouldDo, type Course, type Ending, type World } from './course.ts';
import { planHash, type Act, type Decision } from '../domain/decision.ts';
import { parseFinding, takeLooks, type Findings, type Looking } from './diagnose.ts';
import { guardBeforeAsking } from './gate-acting.ts';
import type { Journal } from '../platform/journal.ts';
import { approvalMessage } from './messages.ts';
import { tellPeople } from './tell-people.ts';
import { completeCallback } from '../platform/complete-callback.ts';

interface Seeking {
  readonly journal: Journal;
  readonly world: World;
  readonly looking: Looking;
}

type Needed = ApprovalNeed & { needed: true };

/**
 * Shows people the plan, its evidence and its limits, and waits for as many of them as it needs. What they approve of is
 * this plan on this evidence: before it is carried out everything is looked at again, and what has changed voids it.
 * @returns how the run ends without approval; undefined once it is given
 */
export async function seekApproval(
  course: Course,
  decision: Act,
  need: Needed,
  { journal, world, looking }: Seeking,
): Promise<Ending | undefined> {
  const { cause, run } = course.request;
  if ((cause.kind === 'manual' || cause.kind === 'replay') && !cause.caller) {
    const why = `the plan needs approval (${need.why}), and who asked for it is only claimed ("${cause.by}")`;
    return {
      outcome: 'escalated',
      why: `${decision.why}; ${why}: ask for the run by npm run respond -- run`,
    };
  }
  const refused = await guardBeforeAsking(course, decision, journal, world, looking);
  if (refused) return refused;

  const id = approvalIdOf(run);
  const seconds = world.settings.limits.approvalHours * 3_600;
  const { expiresAt } = await ask(course, decision, need, { journal, world, seconds });
  course.ledgerWrites += 1;
  const message = approvalMessage(course, { id, need, expiresAt }, world.settings);
  const topics = [world.settings.topics.sre, ...(need.people === 2 ? [world.settings.topics.finops] : [])];
  for (const [i, topic] of topics.entries()) {
    await tellPeople(i === 0 ? 'notify:approval' : 'notify:approval:finops', topic, message, journal, world);
  }
  await journal.called(
    'approval:wait',
    async (callbackId) => {
      // In this order: who approves between the two finds the callback, or is found here.
      const decided = await offerCallback(world.pool(), id, callbackId);
      if (decided) await completeCallback(looking.tools, callbackId, 'decided already');
    },
    seconds,
  );
  course.ledgerWrites += 1;
  return weigh(course, decision, id, { journal, world, looking });
}

async function ask(
  course: Course,
  decision: Act,
  need: Needed,
  { journal, world, seconds }: { journal: Journal; world: World; seconds: number },
): Promise<{ expiresAt: string }> {
  const { request, playbook, findings, effect } = course;
  const { settings, now, pool } = world;
  return journal.repeatable(
    'approval:ask',
    async () => {
      const requestedAt = now();
      const expiresAt = new Date(requestedAt.getTime() + seconds * 1_000).toISOString();
      await putApproval(pool(), {
        ...{ id: approvalIdOf(request.run), run: request.run, people: need.people, expiresAt },
        planSha256: planHash(decision.plan),
        evidenceSha256: evidenceHash(course, findings?.finding ?? {}),
        shown: {
          plan: wouldDo(decision, playbook, settings),
          why: need.why,
          decision: decision.why,
          evidence: findings?.told,
          effect,
          limits: limitsOf(settings.limits, playbook).blastRadius,
        },
        requester: 'caller' in request.cause ? (request.cause.caller?.person ?? null) : null,
        requestedAt: requestedAt.toISOString(),
      });
      return { expiresAt };
    },
    ({ expiresAt }) => ({
      tell: `${need.people} people are asked for approval until ${expiresAt}: ${need.why}`,
    }),
  );
}

/** Looks whose answers stay the same as long as nobody changes what lies behind them. */
const lastingLooks = ({ playbook }: Course): string[] =>
  Object.keys(playbook.probes).filter((key) => playbook.probes[key]?.momentary === undefined);

function evidenceHash(course: Course, finding: Readonly<Record<string, unknown>>): string {
  const lasting = lastingLooks(course).map((key) => [key, finding[key]]);
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(lasting)))
    .digest('hex');
}

/** What became of the request; where it was approved, whether it still fits the world. */
async function weigh(
  course: Course,
  decision: Act,
  id: string,
  { journal, world, looking }: Seeking,
): Promise<Ending | undefined> {
  const { pool, now } = world;
  type Weighed = { no?: string; phases: string[]; closed?: boolean };
  const { no, phases, closed } = await journal.repeatable<Weighed>(
    'approval:weigh',
    async () => {
      const at = now();
      const state = await approvalOf(pool(), course.request.run, planHash(decision.plan));
      if (!state) throw new Error(`the request ${id} is not on record; wanted what people decided`);
      const { people, approvers, expiresAt } = state;
      const why = state.why ?? 'no reason given';
      if (state.state === 'refused') return { no: `refused: ${why}`, phases: [] };
      const close = async (how: 'expired' | 'void', why: string, phases: string[] = []): Promise<Weighed> => {
        const closed = await closeApproval(pool(), id, how, { at: at.toISOString(), why });
        if (!closed) throw new Error(`${id} is decided by now; it must be weighed anew`);
        return { no: `${how}: ${why}`, phases, closed: true };
      };
      if (state.state === 'open') {
        const given = `${approvers.length} of ${people} people had approved`;
        return Date.parse(expiresAt) <= at.getTime()
          ? close('expired', `${given} by ${expiresAt}`)
          : close('void', `${given}, and the run could not wait for more of them`);
      }
      // Closed by a try of this step whose answer was lost.
      if (state.state !== 'approved') return { no: `${state.state}: ${why}`, phases: [], closed: true };
      const { changed, phases } = await lookAgain(course, decision, at, world, looking);
      return changed === undefined ? { phases } : close('void', changed, phases);
    },
    ({ no }) => ({ tell: no === undefined ? 'approved, and the evidence is the same' : `approval ${no}` }),
  );
  course.phases.push(...phases);
  if (closed) course.ledgerWrites += 1;
  if (no === undefined) return undefined;
  return {
    outcome: no.startsWith('refused') ? 'refused' : 'escalated',
    why: `${decision.why}; approval ${no}`,
  };
}

/**
 * The same questions twice: as of the moment that people were shown, which must give the same answers unless somebody has
 * changed what lies behind them; and as of now, which must lead to the same plan.
 */
async function lookAgain(
  course: Course,
  decision: Act,
  at: Date,
  { now }: World,
  looking: Looking,
): Promise<{ changed?: string; phases: string[] }> {
  const { playbook, opening, findings, request } = course;
  const { target } = opening;
  const then = new Date(findings?.at ?? at);
  const phases = ['approved-then', 'approved-now'];
  const again = await takeLooks(
    playbook.probes,
    'approved-then',
    { target, now: then, tolerant: false },
    looking,
  );
  const today = now();
  const fresh = await takeLooks(
    playbook.probes,
    'approved-now',
    { target, now: today, tolerant: false },
    looking,
  );
  const changed = lastingLooks(course).filter(
    (key) => canonicalJson(again.finding[key]) !== canonicalJson(findings?.finding[key]),
  );
  if (changed.length > 0) return { changed: tellChanged(changed, course, again.told), phases };
  if (request.cause.kind === 'undo') return { phases };
  const decided: Decision = playbook.decide(parseFinding(playbook, fresh.finding), { target, now: today });
  const same = decided.kind === 'act' && planHash(decided.plan) === planHash(decision.plan);
  return same
    ? { phases }
    : { changed: `today's evidence leads to another plan (${decided.branch})`, phases };
}

/** Each question whose answer is another one by now: what it was, and what it is. */
function tellChanged(
  changed: readonly string[],
  { playbook, findings }: Course,
  again: Findings['told'],
): string {
  const lines = changed.map((key) => {
    const name = playbook.probes[key]?.name ?? key;
    const [before, now] = [findings?.told ?? [], again].map(
      (told) => told.find(({ probe }) => probe === name)?.tell ?? 'not known',
    );
    return `${name}: it was shown as "${before}", and is "${now}"`;
  });
  return `the evidence has changed since it was shown (${lines.join('; ')})`;
}
