import { between, moment } from '../domain/words.ts';
import { factLines, layout, type Fact } from '../notifications/message.ts';
import { aboutWords } from '../domain/run-request.ts';
import { askingOf } from '../notifications/call-to-action.ts';
import type { PlaybookName } from '../catalog/playbooks/names.ts';
import { whatIsWrong } from '../notifications/what-is-wrong.ts';
import type { Notification } from '../notifications/notify.ts';
import { subjectFor } from '../notifications/subject.ts';
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
  const since = between(state.openedAt, now);
  const asking = await askingOf(
    { incident: call.incident, recipient, by: acknowledgeBy, severity: state.severity },
    world,
  );
  return {
    ...headOf(
      about,
      'called',
      'calling you',
      level > 1
        ? `nobody has acknowledged for ${since}`
        : call.episode > 1
          ? `it came back (episode ${call.episode})`
          : 'acknowledge',
    ),
    asks: {
      what: 'acknowledge',
      by: acknowledgeBy,
      episode: call.episode,
      commands: asking.command === undefined ? [] : [asking.command],
      ...(asking.link !== undefined && { link: asking.link }),
    },
    body: layout({
      headline: `CALLING YOU (level ${level} of ${of})${call.episode > 1 ? ', IT CAME BACK' : ''}: ${inWords(about)}`,
      facts: [
        ...storyOf(call, state, world.playbooks),
        ...calledBefore(state.told),
        ['Your next step', 'acknowledge, then take over'],
        ...asking.lines,
      ],
      body: [references(about)],
    }),
  };
}

function joined(about: About): Notification {
  const { call, state, world } = about;
  const { joined: counts } = state;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const more = `${all} more ${all === 1 ? 'alarm belongs' : 'alarms belong'}`;
  const each = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([playbook, count]) => `- ${playbook}: ${count}`);
  return {
    ...headOf(about, 'joined', 'joined', `${more} to it`),

    body: layout({
      headline: `JOINED: ${more} to ${inWords(about)}`,
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

function standDown(about: About): Notification {
  const { closed, openedAt, runs } = about.state;
  const run = runs.find((one) => one.run === closed?.run);
  return {
    ...headOf(about, 'over', 'over', run?.outcome ?? `resolved by ${closed?.by ?? 'somebody'}`),

    body: layout({
      headline: `OVER: ${inWords(about)}`,
      facts: [
        [
          'It lasted',
          `${between(openedAt, closed?.at ?? about.now)}, until ${moment(closed?.at ?? about.now)}`,
        ],
        [
          'How it ended',
          run ? `${run.outcome ?? ''}: ${run.why ?? ''}` : `${closed?.by ?? 'somebody'} resolved it`,
        ],
        ['Your next step', 'nothing'],
      ],
      body: [references(about)],
    }),
  };
}

function postmortemDue(isReminder: boolean, about: About): Notification {
  const { state, call, world, now } = about;
  const closedAt = state.closed?.at ?? now;
  const { escalateHours } = world.settings.people.postmortem;
  const by = new Date(Date.parse(closedAt) + escalateHours * 3_600_000).toISOString();
  const command = `npm run respond -- postmortem ${call.incident}`;
  return {
    ...headOf(
      about,
      'postmortem',
      `postmortem ${isReminder ? 'to sign' : 'late'}`,
      `unsigned for ${between(closedAt, now)}`,
    ),
    asks: { what: 'sign the postmortem', by, episode: call.episode, commands: [command] },
    body: layout({
      headline: `POSTMORTEM ${isReminder ? 'TO SIGN' : 'LATE'}: ${inWords(about)}`,
      facts: [
        [
          'Resolved',
          `${moment(closedAt)}, ${between(closedAt, now)} ago; the draft was written ${moment(state.postmortem?.draftedAt ?? now)}`,
        ],
        [
          'Your next step',
          isReminder
            ? `complete and sign it by ${moment(by)}`
            : `get it completed and signed: the deadline was ${moment(by)}`,
          command,
        ],
      ],
      body: [references(about)],
    }),
  };
}

/** What's wrong and what was done, from the newest run that reports something. */
export const story = (...of: Parameters<typeof storyOf>): string[] => factLines(storyOf(...of));

function storyOf(
  { openedByRun }: EpisodeCall,
  state: EpisodeState,
  playbooks: readonly PlaybookName[],
): Fact[] {
  // The cause's own runs, if any: a symptom's run says nothing about it.
  const own = state.runs.filter(({ playbook }) => playbook === state.playbook);
  const all = (own.length > 0 ? own : state.runs).filter(({ cause }) => cause.kind !== 'recovery');
  const first = all.find(({ run }) => run === openedByRun) ?? all[0];
  const last = all.findLast(({ endedAt }) => endedAt !== null);
  const atWork = all.findLast(({ endedAt }) => endedAt === null);
  const { alarms = [] } = playbooks.find(({ id }) => id === (first?.playbook ?? state.playbook)) ?? {};
  return [
    ...(first
      ? whatIsWrong(alarms, first.cause)
      : [["What's wrong", alarms[0]?.description ?? state.playbook] as const]),
    ...(last ? [['What was done', tellRun(last)] as const] : []),
    ...(atWork ? [['Running now', `run ${atWork.run} since ${moment(atWork.openedAt)}`] as const] : []),
    ...(last || atWork ? [] : [['What was done', 'unknown: no run of it is on record'] as const]),
  ];
}

const tellRun = ({ outcome, why, decision }: CalledRun): string =>
  `${outcome ?? ''}: ${why ?? ''}${decision && decision.why !== why ? ` (${decision.why})` : ''}`;

function calledBefore(told: readonly MessageRecord[]): Fact[] {
  const calls = told.filter(({ message }) => message.kind === 'call');
  return calls.map((call) => {
    const { recipient, toldAt } = call;
    const nobody = receiptOf(call) === 'nobody';
    return toldAt === null
      ? [
          'Not reached',
          `${recipient}: ${nobody ? 'nobody has subscribed' : 'the message is not delivered yet'}`,
        ]
      : ['Called before', `${recipient} at ${moment(toldAt)}`];
  });
}

/** What every message has, except its body. @param says the news in one sentence */
const headOf = (
  { call, state }: About,
  event: string,
  tag: string,
  says: string,
): Pick<Notification, 'event' | 'subject' | 'incident'> => ({
  event,
  subject: subjectFor({ severity: state.severity, news: tag, about: named(state), says }),
  incident: { id: call.incident, severity: state.severity, about: named(state), says },
});

export const named = ({ playbook, target }: EpisodeState): string =>
  [playbook, ...Object.values(target)].join(' ');

function inWords({ state }: About): string {
  return `${aboutWords(state.playbook, state.target)} (${state.severity}), open since ${moment(state.openedAt)}`;
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
