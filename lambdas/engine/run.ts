import type { Settings } from '../platform/settings.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import type { AlarmDeclaration, AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { incidentOf } from '../domain/run-record.ts';
import { tellError } from '../platform/error-cause.ts';
import { createRecordReader } from '../record/read.ts';
import { carryOut } from './carry-out.ts';
import { conclude, type Concluded } from './conclude.ts';
import { tellEffect, wouldDo, type Course, type Ending, type World } from './course.ts';
import { deciding, type Act, type Decision } from '../domain/decision.ts';
import { parseFinding, takeLooks, type Findings, type Looking } from './diagnose.ts';
import { evidenceStore } from './evidence-store.ts';
import { seekApproval } from './seek-approval.ts';
import { approvalNeed } from './approval-need.ts';
import { guardBeforeActing, stillGranted } from './gate-acting.ts';
import { guardBeforeDiagnosing } from './gates.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';
import { actingMessage } from './messages.ts';
import type { Cause, RunRequest, Target } from '../domain/run-request.ts';
import { tellPeople } from './tell-people.ts';
import { undoingOf } from './undo.ts';
import { verify, verifyPart, type Verifying } from './verify.ts';

/**
 * One run: guard ▶ diagnose ▶ decide ▶ guard ▶ act ▶ wait ▶ verify ▶ notify ▶ record.
 * It ends in one of the outcomes, and people are told. It throws for a broken request, and when for hours nobody could
 * be told or nothing recorded: then the dead letter speaks.
 */
export async function runPlaybook(request: RunRequest, journal: Journal, world: World): Promise<Concluded> {
  const playbook = playbookById(request.playbook);
  if (!playbook)
    throw new TypeError(`there is no playbook "${request.playbook}"; run ${request.run} can't be made`);
  const target = targetOf(playbook, request);
  const alarm = alarmOf(playbook, request);
  const severity = alarm?.severity ?? 'SEV-4';
  const course: Course = {
    request,
    playbook,
    opening: { request, target, severity, executionArn: journal.executionArn, openedAt: '' },
    guards: [],
    phases: [],
    incident: incidentOf(request.run),
    joined: false,
    ledgerWrites: 0,
    granted: false,
  };
  let ending: Ending;
  try {
    ending = await pursue(course, alarm, journal, world);
  } catch (error) {
    // A programmer's mistake or a look that never answered: nothing more is tried, and people hear of it.
    ending = { outcome: 'failed', why: `the run itself failed: ${tellError(error as Error)}` };
  }
  return conclude(course, ending, journal, world);
}

async function pursue(
  course: Course,
  alarm: AlarmDeclaration | undefined,
  journal: Journal,
  world: World,
): Promise<Ending> {
  const { request, playbook } = course;
  const { settings, tools, now } = world;
  const looking: Looking = { settings, tools, keep: evidenceStore(tools, settings.bucket, request.run).keep };
  const refused = await guardBeforeDiagnosing(course, journal, world, looking);
  if (refused) return refused;

  const { target } = course.opening;
  const kept = (phase: string): unknown => course.phases.push(phase);
  const verifying: Verifying = { run: request.run, playbook, target, alarm, journal, looking, now, kept };
  if (request.cause.kind === 'recovery') return isItOver(verifying);

  const { findings, decision } = await diagnose(course, journal, world, looking);
  if (decision === undefined) {
    return { outcome: 'escalated', why: `could not look, so nothing is done: ${findings.failed.join('; ')}` };
  }
  course.decision = decision;
  if (decision.kind === 'act') return act(decision, course, { journal, world, looking, verifying });
  if (request.mode === 'dry-run') return rehearsed(course, decision, settings);
  if (decision.kind === 'escalate') return { outcome: 'escalated', why: decision.why };
  const { verdict, tell } = await verify(verifying);
  if (verdict === 'recovered') return { outcome: 'self-healed', why: `${decision.why}; ${tell}` };
  return { outcome: 'inconclusive', why: `${decision.why}; but ${tell}` };
}

/** People may have repaired it, or it has passed: an incident ends by proof, not because its alarm is quiet. */
async function isItOver(verifying: Verifying): Promise<Ending> {
  const { verdict, tell } = await verify(verifying);
  return { outcome: verdict === 'recovered' ? 'self-healed' : 'inconclusive', why: tell };
}

interface Acting {
  readonly journal: Journal;
  readonly world: World;
  readonly looking: Looking;
  readonly verifying: Verifying;
}

/** The only way to a change: approval, guards and lock, people told, then the plan, then proof. */
async function act(
  decision: Act,
  course: Course,
  { journal, world, looking, verifying }: Acting,
): Promise<Ending> {
  const { settings, tools } = world;
  const { mode } = course.request;
  // Whoever could not say what it stands on is refused by the guard anyway; until then it is the lowest.
  const need = approvalNeed(course.playbook, decision, course.trust ?? 'shadow');
  if (need.needed && mode === 'live' && course.trust !== 'shadow') {
    const no = await seekApproval(course, decision, need, { journal, world, looking });
    if (no) return no;
  }
  const permit = await guardBeforeActing(course, decision, { journal, world, looking });
  if (mode === 'dry-run') return rehearsed(course, decision, settings);
  if (!permit.granted) {
    const { ending } = permit;
    if (ending.outcome !== 'rehearsed' && ending.outcome !== 'escalated') return ending;
    return {
      ...ending,
      why: `would ${wouldDo(decision, course.playbook, settings)}: ${decision.why}; ${ending.why}`,
    };
  }
  await tellPeople('notify:acting', settings.topics.sre, actingMessage(course, settings), journal, world);
  const carried = await carryOut(decision.plan, {
    run: course.request.run,
    fence: permit.fence,
    actions: course.playbook.actions,
    stillGranted: () => stillGranted(course, decision, permit.fence, world),
    onRenewed: () => (course.ledgerWrites += 1),
    settings,
    tools,
    journal,
    now: world.now,
  });
  if (!carried.ok) {
    const outcome = carried.refused === 'wholly' ? 'refused' : carried.refused ? 'escalated' : 'failed';
    return { outcome, why: carried.why };
  }
  if (decision.handOff) {
    const { tell } = await verifyPart(verifying);
    return {
      outcome: 'escalated',
      why: `${decision.handOff.why}; the rest was done: ${decision.why}; now ${tell}`,
    };
  }
  const { verdict, tell } = await verify(verifying);
  switch (verdict) {
    case 'recovered':
      return { outcome: 'resolved', why: tell };
    case 'not-known':
      return { outcome: 'inconclusive', why: tell };
    case 'not-recovered':
      return { outcome: 'ineffective', why: `the plan was carried out, but it did not help: ${tell}` };
  }
}

/** What a rehearsal has to say: what would be done, and what would keep it from being done. */
function rehearsed(course: Course, decision: Decision, settings: Settings): Ending {
  const { playbook, guards, effect } = course;
  const against = new Map(
    guards.flatMap(({ guard, answer, figures }) => (answer === 'refuse' ? [[guard, figures]] : [])),
  );
  const parts = [
    `would ${wouldDo(decision, playbook, settings)}: ${decision.why}`,
    ...(effect ? [`foreseen: ${tellEffect(effect)}`] : []),
    ...[...against].map(([guard, figures]) => `guard ${guard} would refuse: ${figures}`),
  ];
  return { outcome: 'rehearsed', why: parts.join('; ') };
}

interface Diagnosis {
  readonly findings: Findings;
  /** Missing when a look did not answer: then nothing may be decided. */
  readonly decision?: Decision;
}

/**
 * All looks of the playbook, or those that another run kept, and what is decided on them. One checkpoint holds
 * both: whatever dies or is deployed meanwhile, the run goes on with this decision on this evidence.
 */
async function diagnose(
  course: Course,
  journal: Journal,
  world: World,
  looking: Looking,
): Promise<Diagnosis> {
  const { request, playbook, opening } = course;
  const { target } = opening;
  const kept =
    // What somebody saw another day is good for a rehearsal, never for acting.
    request.cause.kind === 'replay' && request.cause.evidence === 'kept' && request.mode === 'dry-run'
      ? request.cause.of
      : undefined;
  const diagnosis = await journal.repeatable<Diagnosis>(
    'diagnose',
    async (attempt) => {
      const now = world.now();
      const tolerant = attempt >= LOOK_ATTEMPTS;
      const findings =
        kept === undefined
          ? await takeLooks(playbook.probes, 'before', { target, now, tolerant }, looking)
          : await keptFindings(kept, playbook, world);
      if (findings.failed.length > 0) return { findings };
      const finding = parseFinding(playbook, findings.finding);
      return {
        findings,
        decision:
          request.cause.kind === 'undo'
            ? await decideUndo(request.cause, world)
            : playbook.decide(finding, { target, now: new Date(findings.at) }),
      };
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
  if (kept === undefined) course.phases.push('before');
  course.findings = diagnosis.findings;
  return diagnosis;
}

const undoneBy = deciding({
  undo: { when: 'a person has an ineffective run undone', then: 'its actions’ compensations' },
});

/**
 * What is undone was decided by a person; the looks are the evidence of what they saw. What it takes is read from the record,
 * never from the request.
 */
async function decideUndo(cause: Cause & { kind: 'undo' }, { pool }: World): Promise<Decision> {
  const undoing = await undoingOf(pool(), cause.of);
  if ('no' in undoing) throw new Error(`run ${cause.of} can't be undone: ${undoing.no}`);
  const why = `what run ${cause.of} did without effect is undone; the fault is still there`;
  const because = `${cause.by} has run ${cause.of} undone: ${cause.reason}`;
  return undoneBy.act('undo', because, undoing.plan, { handOff: { why, severity: 'SEV-3' } });
}

/** What the run of that name saw, to decide on it again. */
async function keptFindings(run: string, playbook: AnyPlaybook, world: World): Promise<Findings> {
  const finding = await createRecordReader(world.pool()).findingOf(run);
  if (finding === undefined) {
    return {
      at: world.now().toISOString(),
      finding: {},
      told: [],
      evidence: [],
      failed: [`run ${run} kept no finding`],
    };
  }
  const told = Object.entries(parseFinding(playbook, finding)).map(([key, value]) => {
    const probe = playbook.probes[key];
    return {
      probe: probe?.name ?? key,
      question: probe?.question ?? key,
      tell: probe?.describe(value as never) ?? '',
    };
  });
  const at = world.now().toISOString();
  return { at, finding: finding as Findings['finding'], told, evidence: [], failed: [] };
}

function targetOf(playbook: AnyPlaybook, { target, cause }: RunRequest): Target {
  if (target) return playbook.target.parse(target);
  const name = 'alarm' in cause ? cause.alarm.name : (playbook.alarms[0]?.name ?? playbook.id);
  return playbook.targetOf({ name, changedAt: new Date(momentOf(cause)) });
}

/** What an alarm is about moves on while it stands: the sweep asks for today's. */
function momentOf(cause: Cause): string {
  if (cause.kind === 'alarm') return cause.alarm.changedAt;
  return cause.kind === 'sweep' || cause.kind === 'recovery' ? cause.slot : cause.at;
}

/** The alarm behind the run, or the playbook's first; none of a playbook that only people start. */
function alarmOf({ alarms }: AnyPlaybook, { cause }: RunRequest): AlarmDeclaration | undefined {
  const named = 'alarm' in cause ? alarms.find(({ name }) => name === cause.alarm.name) : undefined;
  return named ?? alarms[0];
}
