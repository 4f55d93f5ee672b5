import { HOUR_MS, MINUTE_MS } from '../domain/milliseconds.ts';
import { isHighSeverity, isMoreSevere, type Severity } from '../domain/decision.ts';
import { topicOfLink } from '../domain/acknowledger.ts';
import { levelsOf, type Level } from '../domain/ladder.ts';
import { isAcknowledged } from '../record/episode-status.ts';
import {
  isSameMessage,
  type Call,
  type EscalationMessage,
  type FollowUp,
  type PagerEvent,
} from '../domain/escalation-message.ts';
import type { EpisodeState, MessageRecord } from '../record/calls.ts';
import type { Outcome } from '../domain/outcome.ts';
import { raiseOf, RECIPIENTS, type People, type Recipient } from '../domain/people.ts';

/** What the escalation does next. Moments are ISO 8601. */
export type Move =
  /** `byRun`: the run has notified them already; they are only counted. */
  | {
      readonly kind: 'tell';
      readonly message: Message;
      readonly to: readonly Recipient[];
      readonly byRun?: string;
    }
  | { readonly kind: FollowUp; readonly dueAt: string }
  | { readonly kind: 'page'; readonly pager: string; readonly message: PagerEvent; readonly dueAt: string }
  | { readonly kind: 'raise'; readonly to: Severity }
  | { readonly kind: 'wait'; readonly until: string }
  | { readonly kind: 'end'; readonly why: string };

/** A message that is due, with what its text needs. */
export type Message = { readonly dueAt: string } & (
  | (Call & { readonly of: number; readonly acknowledgeBy: string })
  | Exclude<EscalationMessage, Call | PagerEvent | { readonly kind: FollowUp }>
);

export interface Standing {
  readonly state: EpisodeState;
  readonly now: string;
  readonly people: People;
  /** Outcomes of which the run itself notifies FinOps. */
  readonly finops: readonly Outcome[];
  /** Seconds after which a failure is retried. */
  readonly retrySeconds: number;
  /** Without the record nothing is raised: only it knows whether the incident is still open. */
  readonly onRecord: boolean;
}

/** After an hour of failures, it is retried hourly. */
const OFTEN_TRIES = 12;
/** No alarm is older and no timer longer: a daily check without changes. */
const LONGEST_WAIT_MS = 24 * HOUR_MS;

const after = (moment: string, ms: number): string => new Date(Date.parse(moment) + ms).toISOString();

/** A move, with the moment from which it is due. */
type Due = readonly [at: string, move: Move];

/** Pure: its test is a table. The earliest of all that is due, or else a wait until the first. */
export function nextMove(standing: Standing): Move {
  const { state, now } = standing;
  const over = state.closed ? afterwards(standing) : whileOpen(standing);
  // Of what is due at the same moment, people's own messages come first.
  const due = [...over, ...again(standing), ...pages(standing)].sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  const [first] = due;
  if (first && first[0] <= now) return first[1];
  if (!first && state.closed) return { kind: 'end', why: endOf(state) };
  const until = [first?.[0] ?? after(now, LONGEST_WAIT_MS), after(now, LONGEST_WAIT_MS)].sort()[0] ?? now;
  return { kind: 'wait', until };
}

const endOf = ({ closed, postmortem }: EpisodeState): string =>
  `resolved at ${closed?.at ?? ''} by ${closed?.by ?? ''}${postmortem?.signedAt ? `; postmortem signed at ${postmortem.signedAt}` : ''}`;

function whileOpen(standing: Standing): Due[] {
  const { state, people, onRecord } = standing;
  const due: Due[] = [];
  const { acknowledged, severity, severitySince, joinedSince, told } = state;
  due.push(...(isAcknowledged(state) ? announcement(standing) : nextLevel(standing)));
  const graver = raiseOf(severity, people);
  // An acknowledgement restarts the time.
  const since = [severitySince, acknowledged?.at ?? ''].sort().at(-1) ?? severitySince;
  if (graver && onRecord)
    due.push([after(since, graver.afterHours * HOUR_MS), { kind: 'raise', to: graver.to }]);
  if (isHighSeverity(severity) && !state.jira) due.push(...once(standing, 'jira', severitySince));
  if (joinedSince !== null) {
    const before = told.filter(({ message }) => message.kind === 'joined').length;
    // A storm that goes on is reported ever less often.
    const at = after(joinedSince, Math.min(people.stormMinutes * 2 ** before, 60) * MINUTE_MS);
    due.push([at, { kind: 'tell', message: { kind: 'joined', batch: before + 1, dueAt: at }, to: ['sre'] }]);
  }
  return due;
}

/** Levels of the ladder, with those whose people have been called. */
const levels = ({ state, people }: Standing): Level[] =>
  levelsOf(
    { severity: state.severity, since: state.severitySince },
    state.told.flatMap(({ message, confirmed, triedAt }) =>
      message.kind === 'call' ? [{ ...message, confirmed, triedAt }] : [],
    ),
    people,
  );

/** The first level whose people have not been called. */
function nextLevel(standing: Standing): Due[] {
  const { state, people } = standing;
  const { severity, severitySince: since, severityCause } = state;
  const all = levels(standing);
  const next = all.find(({ called }) => !called);
  if (!next) return [];
  const { level, at, by } = next;
  const message: Message = {
    kind: 'call',
    severity,
    level,
    dueAt: at,
    of: people.ladders[severity].rungs.length,
    acknowledgeBy: by,
  };
  const tell: Move = { kind: 'tell', message, to: next.to };
  const atOnce = severityCause === 'persistence' || (severity === 'SEV-1' && severityCause === 'opening');
  if (level > 1 || atOnce) return [[at, tell]];
  // The run notifies the first level of its end; if it does not end, half of the time is left for
  // people.
  const run = state.runs.find(
    ({ endedAt }) => endedAt !== null && endedAt >= state.openedAt && endedAt >= since,
  );
  const half = after(at, (people.ladders[severity].acknowledgeMinutes * MINUTE_MS) / 2);
  if (run?.endedAt) {
    const dueAt = run.endedAt < half ? run.endedAt : half;
    return [[run.endedAt, { ...tell, message: { ...message, dueAt }, byRun: run.run }]];
  }
  return [[half, { ...tell, message: { ...message, dueAt: half } }]];
}

/** Later, who has it is no news: the record and the next message say it. */
const NEWS_FOR_MS = HOUR_MS;

const isNews = (acknowledged: { readonly at: string }, now: string): boolean =>
  now < after(acknowledged.at, NEWS_FOR_MS);

/**
 * Everybody who was called learns that somebody has it, except the only reader of the topic whose link
 * was used: they have done it themselves.
 */
function announcement({ state: { acknowledged, told }, now }: Standing): Due[] {
  if (!acknowledged || !isNews(acknowledged, now)) return [];
  const { at, by, severity } = acknowledged;
  const knows = told.flatMap(({ message, recipient, confirmed }) =>
    message.kind === 'acknowledged' && message.severity === severity
      ? [recipient]
      : message.kind === 'call' && confirmed === 1 && recipient === topicOfLink(by)
        ? [recipient]
        : [],
  );
  const to = calledOf(told).filter((recipient) => !knows.includes(recipient));
  const message: Message = { kind: 'acknowledged', severity, dueAt: at };
  return to.length === 0 ? [] : [[at, { kind: 'tell', message, to }]];
}

const calledOf = (told: readonly MessageRecord[]): Recipient[] => [
  ...new Set(
    told.flatMap(({ message, recipient, toldAt }) =>
      toldAt !== null && message.kind === 'call' ? [recipient as Recipient] : [],
    ),
  ),
];

/** Messages that failed. */
function again(standing: Standing): Due[] {
  const { state } = standing;
  return state.told.flatMap((one): Due[] => {
    const { recipient } = one;
    if (one.toldAt !== null || one.confirmed === 0 || !isRecipient(recipient)) return [];
    const message = messageAgain(one, standing);
    // A call that is no longer needed is not sent.
    if (!message) return [];
    return [[nextTry(one, standing), { kind: 'tell', message, to: [recipient] }]];
  });
}

function messageAgain({ message, dueAt }: MessageRecord, standing: Standing): Message | undefined {
  const { state } = standing;
  switch (message.kind) {
    case 'stand-down':
    case 'reminder':
    case 'postmortem-late':
      return { kind: message.kind, dueAt };
    case 'joined':
      return state.closed ? undefined : { ...message, dueAt };
    case 'acknowledged': {
      const { acknowledged, closed } = state;
      const isStill = acknowledged?.severity === message.severity && isNews(acknowledged, standing.now);
      return closed || !isStill ? undefined : { ...message, dueAt };
    }
    case 'call': {
      if (state.closed || message.severity !== state.severity || isAcknowledged(state)) return undefined;
      const all = levels(standing);
      const acknowledgeBy = all[message.level - 1]?.by ?? dueAt;
      const of = standing.people.ladders[message.severity].rungs.length;
      return { ...message, dueAt, of, acknowledgeBy };
    }
    default:
      return undefined;
  }
}

const isRecipient = (name: string): name is Recipient => (RECIPIENTS as readonly string[]).includes(name);

/** By our own pace, and no sooner than the service asks. */
const nextTry = ({ tries, triedAt, notBefore = '' }: MessageRecord, { retrySeconds }: Standing): string => {
  const at = after(triedAt, tries < OFTEN_TRIES ? retrySeconds * 1_000 : HOUR_MS);
  return notBefore > at ? notBefore : at;
};

/** After two days nobody learns anything from an event. */
const MOST_PAGES = OFTEN_TRIES + 48;

/**
 * Events for pagers. They follow the first call, tried or sent, so that no pager hinders a message. A higher severity
 * is a new alert: a pager notifies nobody of an alert that somebody has acknowledged.
 */
function pages(standing: Standing): Due[] {
  const { state, people } = standing;
  const { severity, told, acknowledged, closed } = state;
  return people.pagers.flatMap(({ name, lowestSeverity }) => {
    const event = (message: PagerEvent, since: string): Due[] => {
      const tried = told.find((one) => one.recipient === name && isSameMessage(one.message, message));
      if (tried && (tried.toldAt !== null || tried.tries >= MOST_PAGES)) return [];
      const dueAt = tried?.dueAt ?? since;
      return [[tried ? nextTry(tried, standing) : dueAt, { kind: 'page', pager: name, message, dueAt }]];
    };
    const alerts = told.flatMap(({ recipient, message }) =>
      recipient === name && message.kind === 'pager-trigger' ? [message.severity] : [],
    );
    const [first] = told.flatMap(({ message, triedAt }) =>
      message.kind === 'call' && message.severity === severity ? [triedAt] : [],
    );
    return [
      ...(first === undefined || closed || isAcknowledged(state) || isMoreSevere(lowestSeverity, severity)
        ? []
        : event({ kind: 'pager-trigger', severity }, first)),
      ...alerts.flatMap((one) => {
        if (closed) return event({ kind: 'pager-resolve', severity: one }, closed.at);
        if (one !== severity) return event({ kind: 'pager-resolve', severity: one }, state.severitySince);
        return acknowledged && isAcknowledged(state)
          ? event({ kind: 'pager-acknowledge', severity: one }, acknowledged.at)
          : [];
      }),
    ];
  });
}

function once(standing: Standing, kind: FollowUp, dueAt: string): Due[] {
  const tried = standing.state.told.find(({ message }) => message.kind === kind);
  // Nobody there: no Jira is configured.
  if (tried && (tried.toldAt !== null || tried.confirmed === 0)) return [];
  return [[tried ? nextTry(tried, standing) : dueAt, { kind, dueAt }]];
}

/** What is left to do once the incident is over. */
function afterwards(standing: Standing): Due[] {
  const { state, people } = standing;
  const { closed, told, jira, postmortem, severity } = state;
  if (!closed) return [];
  const due: Due[] = [];
  const called = standDown(standing);
  if (called.length > 0 && !told.some(({ message }) => message.kind === 'stand-down'))
    due.push([closed.at, { kind: 'tell', message: { kind: 'stand-down', dueAt: closed.at }, to: called }]);
  if (jira) due.push(...once(standing, 'jira-comment', closed.at));
  else if (isHighSeverity(severity)) due.push(...once(standing, 'jira', closed.at));
  if (!isHighSeverity(severity)) return due;
  if (!postmortem) return [...due, ...once(standing, 'draft', closed.at)];
  if (postmortem.signedAt) return due;
  const late = [
    ['reminder', people.postmortem.remindHours, 'sre'],
    ['postmortem-late', people.postmortem.escalateHours, 'lead'],
  ] as const;
  for (const [kind, hours, recipient] of late) {
    if (told.some(({ message }) => message.kind === kind)) continue;
    const at = after(closed.at, hours * HOUR_MS);
    due.push([at, { kind: 'tell', message: { kind, dueAt: at }, to: [recipient] }]);
  }
  // Somebody still waits for the signature, but no more reminders follow.
  return due;
}

/** Those called by the escalation whom no message of the run has told that it is over. */
function standDown({ state: { told, closed, runs }, finops }: Standing): Recipient[] {
  const called = new Set(calledOf(told));
  if (closed?.run != null) {
    called.delete('sre');
    const run = runs.find((one) => one.run === closed.run);
    if (run?.outcome && finops.includes(run.outcome)) called.delete('finops');
  } else if (called.size > 0) called.add('sre');
  return [...called];
}
