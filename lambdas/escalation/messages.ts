import { between, deadline, localTime, moment, plural, sentence, shortIncident } from '../domain/words.ts';
import { stepForPeople } from '../domain/decision.ts';
import type { MessageKind } from '../notifications/notification.ts';
import { OUTCOME_LABELS } from '../notifications/outcome-label.ts';
import { factLines, layout, type Fact } from '../notifications/message.ts';
import { aboutWords } from '../domain/run-request.ts';
import { askingOf } from '../notifications/call-to-action.ts';
import type { PlaybookName } from '../catalog/playbooks/names.ts';
import { cameBack, inThePast, plainTitle, titleOf, whatIsWrong } from '../notifications/what-is-wrong.ts';
import type { Notification } from '../notifications/notify.ts';
import { subjectFor, type Headline } from '../notifications/subject.ts';
import { receiptOf } from '../domain/escalation-message.ts';
import type { CalledRun, EpisodeState, MessageRecord } from '../record/calls.ts';
import type { EpisodeCall } from './call.ts';
import type { EscalationDependencies } from './dependencies.ts';
import type { Recipient } from '../domain/people.ts';
import type { Message } from './next-move.ts';

interface About {
  readonly call: EpisodeCall;
  readonly state: EpisodeState;
  readonly world: EscalationDependencies;
  /** ISO 8601. */
  readonly now: string;
}

/** Each message summarises what is known now. */
export async function messageOf(message: Message, recipient: Recipient, about: About): Promise<Notification> {
  switch (message.kind) {
    case 'call':
      return calling(message, recipient, about);
    case 'joined':
      return joined(about);
    case 'acknowledged':
      return acknowledged(about);
    case 'stand-down':
      return standDown(about);
    case 'reminder':
    case 'postmortem-late':
      return postmortemDue(message.kind === 'reminder', about);
  }
}

async function calling(
  { level, of, acknowledgeBy }: Message & { kind: 'call' },
  recipient: Recipient,
  about: About,
): Promise<Notification> {
  const { call, state, world, now } = about;
  const asking = await askingOf(
    { incident: call.incident, recipient, by: acknowledgeBy, severity: state.severity },
    world,
  );
  const unanswered = `nobody has it for ${between(state.openedAt, now)}`;
  const says =
    level > 1
      ? [unanswered, 'nobody has it']
      : [state.runs.length > 0 ? 'nobody has it yet' : 'no run has reported'];
  return {
    ...headOf(about, { event: 'called', news: state.lastClosedAt ? 'CAME BACK' : 'CALLING YOU', says }),
    asks: {
      what: 'acknowledge',
      by: acknowledgeBy,
      episode: call.episode,
      commands: asking.command === undefined ? [] : [asking.command],
      ...(asking.link !== undefined && { link: asking.link }),
      ...(asking.shortLink !== undefined && { shortLink: asking.shortLink }),
    },
    body: layout({
      headline: headline(about, `CALLING YOU (${levelWords(level, of)})`),
      facts: [
        ...storyOf(call, state, world.playbooks),
        ...calledBefore(state.told),
        ['Your next step', nextStepOf(about)],
        ...asking.lines,
      ],
      body: [references(about)],
    }),
  };
}

/** `level 2 of 3`; after the last level all are called again. */
function levelWords(level: number, of: number): string {
  const round = Math.floor((level - 1) / of);
  return `level ${((level - 1) % of) + 1} of ${of}${round === 0 ? '' : `, call ${round + 1}`}`;
}

function joined(about: About): Notification {
  const { call, state, world } = about;
  const { joined: counts } = state;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const more = `${all} more ${all === 1 ? 'alarm belongs' : 'alarms belong'} to it`;
  const each = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([playbook, count]) => `- ${plural(count, 'run')} of ${playbook}`);
  return {
    ...headOf(about, { event: 'joined', news: 'JOINED', says: [more, `${all} more alarms`] }),
    body: layout({
      headline: headline(about, `JOINED: ${more}`),
      facts: [
        ...each,
        '',
        ...storyOf(call, state, world.playbooks),
        ['Your next step', 'nothing more: these alarms have the same cause, and wait until it is repaired'],
      ],
      body: [references(about)],
    }),
  };
}

function acknowledged(about: About): Notification {
  const { by = 'somebody', at = about.now } = about.state.acknowledged ?? {};
  const told = {
    event: 'acknowledged',
    news: 'ACKNOWLEDGED',
    says: [`by ${by}`, 'somebody has it'],
  } as const;
  return {
    ...headOf(about, told),
    body: layout({
      headline: headline(about, 'ACKNOWLEDGED'),
      facts: [
        ['Who has it', `${by}, since ${moment(at)}${localTime(at, zoneOf(about))}`],
        ['Your next step', 'nothing. You are called again if its severity is raised or it comes back'],
      ],
      body: [references(about)],
    }),
  };
}

function standDown(about: About): Notification {
  const { closed, openedAt } = about.state;
  const over = closed?.at ?? about.now;
  const lasted = between(openedAt, over);
  return {
    ...headOf(about, { event: 'over', news: 'OVER', isOver: true, says: [`after ${lasted}`] }),
    body: layout({
      headline: headline(about, 'OVER'),
      facts: [
        ['It lasted', `${lasted}, until ${moment(over)}${localTime(over, zoneOf(about))}`],
        ['How it ended', howItEnded(about.state)],
        ['Your next step', 'nothing'],
      ],
      body: [references(about)],
    }),
  };
}

/** What heals after somebody took it over did not heal by itself. */
function howItEnded({ closed, runs, acknowledged }: EpisodeState): string {
  const run = runs.find((one) => one.run === closed?.run);
  if (run === undefined) return `${closed?.by ?? 'somebody'} resolved it`;
  const how =
    run.outcome === 'self-healed' && acknowledged ? `repaired after ${acknowledged.by} took it` : run.outcome;
  return `${how ?? ''}: ${run.why ?? ''}`;
}

function postmortemDue(isReminder: boolean, about: About): Notification {
  const { state, call, world, now } = about;
  const closedAt = state.closed?.at ?? now;
  const { escalateHours } = world.settings.people.postmortem;
  const by = new Date(Date.parse(closedAt) + escalateHours * 3_600_000).toISOString();
  const command = `npm run respond -- postmortem ${call.incident}`;
  const unsigned = `unsigned for ${between(closedAt, now)}`;
  const until = deadline(by, now, zoneOf(about));
  return {
    ...headOf(about, {
      event: 'postmortem',
      news: isReminder ? 'SIGN POSTMORTEM' : 'POSTMORTEM LATE',
      isOver: true,
      says: [unsigned],
    }),
    asks: { what: 'sign the postmortem', by, episode: call.episode, commands: [command] },
    body: layout({
      headline: headline(about, isReminder ? 'POSTMORTEM TO SIGN' : 'POSTMORTEM LATE'),
      facts: [
        [
          'Resolved',
          `${moment(closedAt)}, ${between(closedAt, now)} ago; the draft was written ${moment(state.postmortem?.draftedAt ?? now)}`,
        ],
        [
          'Your next step',
          isReminder
            ? `complete and sign it by ${until}:`
            : `get it completed and signed; the deadline was ${until}:`,
          command,
        ],
      ],
      body: [references(about)],
    }),
  };
}

/** What's wrong and what was done, from the newest run that reports something. */
export const story = (...of: Parameters<typeof storyOf>): string[] => factLines(storyOf(...of));

/** The runs of the cause itself, if any: a symptom's run says nothing about it. */
function runsOf({ playbook, runs }: EpisodeState): readonly CalledRun[] {
  const own = runs.filter((run) => run.playbook === playbook);
  return (own.length > 0 ? own : runs).filter(({ cause }) => cause.kind !== 'recovery');
}

const firstRun = (
  { openedByRun }: Pick<EpisodeCall, 'openedByRun'>,
  state: EpisodeState,
): CalledRun | undefined => {
  const all = runsOf(state);
  return all.find(({ run }) => run === openedByRun) ?? all[0];
};

const alarmsOf = (
  { openedByRun }: Pick<EpisodeCall, 'openedByRun'>,
  state: EpisodeState,
  playbooks: readonly PlaybookName[],
): PlaybookName['alarms'] =>
  playbooks.find(({ id }) => id === (firstRun({ openedByRun }, state)?.playbook ?? state.playbook))?.alarms ??
  [];

function storyOf(
  { openedByRun }: Pick<EpisodeCall, 'openedByRun'>,
  state: EpisodeState,
  playbooks: readonly PlaybookName[],
): Fact[] {
  const all = runsOf(state);
  const first = firstRun({ openedByRun }, state);
  const last = all.findLast(({ endedAt }) => endedAt !== null);
  const atWork = all.findLast(({ endedAt }) => endedAt === null);
  const alarms = alarmsOf({ openedByRun }, state, playbooks);
  const { lastClosedAt, openedAt } = state;
  return [
    ...(first
      ? whatIsWrong(alarms, first.cause)
      : [
          [
            "What's wrong",
            alarms[0] ? `${sentence(plainTitle(alarms[0]))}. ${alarms[0].description}` : state.playbook,
          ] as const,
        ]),
    ...(lastClosedAt ? [cameBack(lastClosedAt, openedAt)] : []),
    ...(last ? lastWords(last) : []),
    ...(atWork ? [['Running now', `run ${atWork.run} since ${moment(atWork.openedAt)}`] as const] : []),
    ...(last || atWork ? [] : [['The machine', 'has not reported: no run of it is on record'] as const]),
  ];
}

const lastWords = ({ outcome, why, decision }: CalledRun): Fact[] => [
  ...(decision && decision.why !== why ? [['Why', decision.why] as const] : []),
  [
    outcome === null || (outcome === 'escalated' && (decision === null || decision.why === why))
      ? 'Why'
      : OUTCOME_LABELS[outcome],
    why ?? '',
  ],
];

/** The decision row's own words, where it left something to people. */
function nextStepOf({ state }: About): string {
  const all = runsOf(state);
  const last = all.findLast(({ endedAt }) => endedAt !== null);
  if (last === undefined)
    return all.length > 0
      ? 'acknowledge, and watch the run below: the machine is still working'
      : 'acknowledge, and find out why no run has reported';
  const { row } = last.decision ?? {};
  const step = row && stepForPeople(row.then);
  return step === undefined
    ? `acknowledge, then repair it by hand: the machine ended ${last.outcome ?? ''}`
    : `acknowledge, then ${step}`;
}

function calledBefore(told: readonly MessageRecord[]): Fact[] {
  const calls = told.filter(({ message }) => message.kind === 'call');
  const reached = calls.flatMap(({ recipient, toldAt }) =>
    toldAt === null ? [] : [`${recipient} at ${moment(toldAt)}`],
  );
  const missed = calls.filter(({ toldAt }) => toldAt === null);
  return [
    ...(reached.length > 0 ? [['Called before', reached.join(', ')] as const] : []),
    ...missed.map((call): Fact => {
      const nobody = receiptOf(call) === 'nobody';
      return [
        'Not reached',
        `${call.recipient}: ${nobody ? 'nobody has subscribed' : 'the message is not delivered yet'}`,
      ];
    }),
  ];
}

interface Head extends Pick<Headline, 'says'> {
  readonly event: MessageKind;
  readonly news: string;
  readonly isOver?: boolean;
}

/** What every message has, except its body. */
function headOf(
  { call, state, world: { playbooks } }: About,
  { event, news, isOver = false, says }: Head,
): Pick<Notification, 'event' | 'subject' | 'incident'> {
  const { severity, number } = state;
  const now = faultTitle(call, state, playbooks);
  const title = isOver ? inThePast(now) : now;
  return {
    event,
    subject: subjectFor({ severity, number, news, title, says }),
    incident: {
      id: call.incident,
      ...(number !== undefined && { number }),
      severity,
      about: named(state),
      title,
      says: says[0] ?? '',
    },
  };
}

function faultTitle(call: EpisodeCall, state: EpisodeState, playbooks: readonly PlaybookName[]): string {
  const { playbook, target } = state;
  const first = firstRun(call, state);
  const alarms = alarmsOf(call, state, playbooks);
  const [alarm] = alarms;
  if (first) return titleOf(alarms, first.cause, { playbook, target });
  return alarm === undefined ? named(state) : plainTitle(alarm);
}

/** For a pager: the fault in one line, and its story. */
export function faultFor(
  call: EpisodeCall,
  state: EpisodeState,
  playbooks: readonly PlaybookName[],
): { readonly title: string; readonly lines: readonly string[] } {
  const { severity, number } = state;
  const title = faultTitle(call, state, playbooks);
  return { title: subjectFor({ severity, number, title, says: [] }), lines: story(call, state, playbooks) };
}

export const named = ({ playbook, target }: EpisodeState): string =>
  [playbook, ...Object.values(target)].join(' ');

const zoneOf = ({ world }: About): string => world.settings.limits.freeze.zone;

function headline({ state }: About, news: string): string {
  const { severity, number, playbook, target, openedAt } = state;
  const short = number === undefined ? severity : `${severity} ${shortIncident(number)}`;
  return `${short} ${news}: ${aboutWords(playbook, target)}, open since ${moment(openedAt)}`;
}

function references({ call, state, world }: About): string[] {
  const runs = state.runs.length > 0 ? state.runs.map(({ run }) => run) : [call.openedByRun];
  return [
    `Incident ${call.incident}`,
    ...(state.jira ? [`Jira ${state.jira.key}: ${state.jira.url}`] : []),
    ...runs.slice(-3).map((run) => `Evidence s3://${world.settings.bucket}/evidence/${run}/`),
    `Why it did or did not act: npm run respond -- why ${runs.at(-1) ?? ''}`,
  ];
}
