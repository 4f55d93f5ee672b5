import { byLink, ClaimedName } from '../../domain/acknowledger.ts';
import { moment, readable } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { shortened } from '../../domain/shortened.ts';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Calling } from '../../record/start-escalation.ts';
import { isAcknowledged, seenOf, type EpisodeSeen as Seen } from '../../record/episode-status.ts';
import type { Log } from '../../platform/log.ts';
import type { Settings } from '../../platform/settings.ts';
import { answerWith, type HttpAnswer, type Page } from './page.ts';
import { acknowledgeByOrder, useOf } from '../../record/incident-orders.ts';
import { readAsked, type Asked } from './request.ts';
import type { LinkKey } from '../../notifications/link-key.ts';
import { looksLikeToken, readToken, tokenHash, type Link } from '../../notifications/acknowledge-token.ts';

export interface AcknowledgeNeeds {
  readonly settings: Pick<Settings, 'people'>;
  readonly pool: () => Ledger;
  readonly key: LinkKey;
  readonly calling: Pick<Calling, 'wake'>;
  /** Has the incident's chain anchored, so that the order can be checked from now on. */
  readonly anchor: (incident: string) => Promise<unknown>;
  readonly now: () => Date;
  readonly log: Log;
}

const REFUSED: Readonly<Record<400 | 404 | 405, Page>> = {
  400: {
    status: 400,
    title: 'This is no link to acknowledge',
    says: ['Wanted: the whole address from the message, with what stands behind “?t=”. Nothing was done.'],
  },
  404: { status: 404, title: 'There is no such page', says: ['Open the link as it stands in the message.'] },
  405: { status: 405, title: 'Not like this', says: ['The page is opened, and its button is pressed.'] },
};

/**
 * Answers a link's page and its button. It is public: the ledger is asked only after the token's
 * signature and time are valid. Opening the page changes nothing, since mail scanners open links; only
 * its button does.
 */
export function createAcknowledge(needs: AcknowledgeNeeds) {
  return async (event: unknown): Promise<HttpAnswer> => {
    const asked = readAsked(event);
    if ('refused' in asked) return answerWith(REFUSED[asked.refused]);
    try {
      return answerWith(await answer(asked, needs));
    } catch (error) {
      needs.log.error('a link could not be answered', { method: asked.method, error });
      return answerWith(AWAY);
    }
  };
}

type Good = Exclude<Asked, { refused: unknown }>;

async function answer({ method, token, name, from }: Good, needs: AcknowledgeNeeds): Promise<Page> {
  const now = needs.now();
  if (!looksLikeToken(token)) return FORGED;
  const read = await readLink(token, method, needs);
  if (!read.good && read.fault === 'expired') return expired(read.link);
  if (!read.good) {
    needs.log.warn('a link with a wrong signature', { from, fault: read.fault });
    return read.fault === 'other-key' ? REPLACED : FORGED;
  }
  const { link } = read;
  const claimed = ClaimedName.safeParse(name ?? '');
  if (method === 'POST' && claimed.success) {
    const person = byLink(link.recipient, claimed.data);
    const how = `a link, used from ${from}`;
    const order = {
      caller: { arn: how, person },
      action: 'responder.ack',
      object: { type: 'incident', id: link.incident },
      at: now.toISOString(),
      why: 'the page’s button',
    };
    const { episode } = link;
    const used = { tokenSha256: tokenHash(token), episode, from };
    const done = await acknowledgeByOrder(needs.pool(), order, how, used);
    if (done.done) return acknowledged(link, person, needs, now);
    needs.log.info('a link did nothing', { incident: link.incident, from, why: done.why });
  }
  const [state, use] = [
    await seenOf(needs.pool(), link.incident),
    await useOf(needs.pool(), tokenHash(token)),
  ];
  const page = pageOf(link, { state, use, token: method === 'POST' && claimed.success ? undefined : token });
  return method === 'POST' && page.button ? { ...page, status: 400, says: [NAMELESS, ...page.says] } : page;
}

/** By the newest key where something is done, and before a link is refused. */
async function readLink(token: string, method: Good['method'], { key, now }: AcknowledgeNeeds) {
  const read = readToken(token, await key(method === 'POST' ? 'at once' : undefined), now());
  if (read.good || read.fault === 'expired') return read;
  return readToken(token, await key('at once'), now());
}

/** Without a token: the button was pressed, and did nothing. */
function pageOf(
  link: Link,
  {
    state,
    use,
    token,
  }: { state: Seen | undefined; use: { at: Date; from: string } | undefined; token: string | undefined },
): Page {
  const { incident, episode } = link;
  const done = token === undefined ? 'Nothing was done.' : 'This link does nothing more.';
  if (!state)
    return conflict('There is no such incident', [`The record does not know ${incident}.`, done], [LIST]);
  const known = { facts: factsOf(link, state), steps: stepsOf(link, state) };
  if (use)
    return {
      status: 410,
      title: 'This link was used before',
      says: [`It was used at ${moment(use.at)}, from ${use.from}. A link works once.`],
      ...known,
    };
  if (state.episode !== episode)
    return {
      ...conflict('This link is for an earlier episode', [
        `The incident was resolved, and has come back: that was episode ${episode}, and this is ${state.episode}. Its people were called again, with a new link.`,
        done,
      ]),
      ...known,
    };
  if (state.closed)
    return {
      ...conflict('The incident is resolved', [
        `It was resolved on ${moment(state.closed.at)} by ${readable(state.closed.by)}.`,
        done,
      ]),
      ...known,
    };
  if (state.acknowledged && isAcknowledged(state))
    return {
      ...(token === undefined ? { status: 409 } : { status: 200 }),
      title: 'Somebody is handling it',
      says: [`${readable(state.acknowledged.by)} acknowledged it on ${moment(state.acknowledged.at)}.`, done],
      ...known,
    };
  return {
    status: 200,
    title: `${state.severity}: ${aboutWords(state.playbook, state.target)}`,
    says: [
      'Press the button to say that you are handling this incident. Nobody else is called then, unless its severity is raised or it comes back. Those who were called are sent your name. The button repairs nothing.',
    ],
    facts: known.facts,
    ...(token !== undefined && { button: { text: 'Acknowledge: I am handling it', token } }),
    steps: known.steps,
  };
}

const NAMELESS =
  'Nothing is done yet: your name is missing, or is none. Type at most 60 characters, without brackets or other special ones.';

async function acknowledged(link: Link, person: string, needs: AcknowledgeNeeds, now: Date): Promise<Page> {
  const { incident } = link;
  let late: string[] = [];
  const anchoring = needs.anchor(incident).catch((error: unknown) => {
    needs.log.warn('an order could not be anchored; the day’s anchor does it', { incident, error });
  });
  try {
    await needs.calling.wake(incident);
  } catch (error) {
    needs.log.warn('the escalation could not be woken', { incident, error });
    late = ['The escalation could not be notified now. It reads this at its next deadline.'];
  }
  await anchoring;
  // It is done: what cannot be read now must not make it look otherwise.
  const state = await seenOf(needs.pool(), link.incident).catch(() => undefined);
  return {
    status: 200,
    title: 'Acknowledged: you are handling it',
    says: [
      `On record since ${moment(now)} as “${person}”: the link shows that you read its messages, and not who you are.`,
      state ? spared(state, needs.settings) : 'Nobody else is called.',
      'You are called again if its severity is raised, and everybody if it comes back after its end.',
      ...late,
    ],
    ...(state && { facts: factsOf(link, state) }),
    steps: state ? stepsOf(link, state) : [],
  };
}

/** Who on the ladder has not been called. */
function spared({ severity, told }: Seen, { people }: Pick<Settings, 'people'>): string {
  const others = [...new Set(people.ladders[severity].rungs.slice(1).flat())].filter(
    (one) => !told.includes(one),
  );
  return others.length === 0 ? 'Nobody else is called.' : `Not called any more: ${others.join(', ')}.`;
}

/** Part of a reason; `why` has the rest, and the button must stay visible. */
const LONGEST_REASON = 400;

/** The most important fact first. */
const factsOf = ({ incident }: Link, state: Seen): NonNullable<Page['facts']> => [
  ['What', `${aboutWords(state.playbook, state.target)} (${state.severity})`],
  ['Last run', lastRun(state)],
  [
    'Open since',
    `${moment(state.openedAt)}${state.closed ? `, resolved at ${moment(state.closed.at)}` : ''}`,
  ],
  [
    'Acknowledged',
    state.acknowledged
      ? `by ${readable(state.acknowledged.by)} at ${moment(state.acknowledged.at)} (${state.acknowledged.severity})`
      : 'by nobody yet',
  ],
  ['Incident', incident],
];

function lastRun({ outcome, why }: Seen): string {
  if (outcome === null) return 'still running';
  return shortened(`${outcome}: ${readable(why ?? '')}`, LONGEST_REASON);
}

const stepsOf = ({ incident }: Link, { run }: Seen): NonNullable<Page['steps']> => [
  ...(run === null
    ? []
    : [['Why the last run did or did not act:', `npm run respond -- why ${run}`] as const]),
  ['The whole story:', `npm run respond -- incident ${incident}`],
  ['When it is over, and the alarm does not say so:', `npm run respond -- resolve ${incident} --reason "…"`],
];

const LIST = ['What is open now:', 'npm run respond -- list'] as const;
const byHand = (incident: string) =>
  ['Acknowledge by your own name:', `npm run respond -- ack ${incident}`] as const;

const conflict = (title: string, says: readonly string[], steps: Page['steps'] = []): Page => ({
  status: 409,
  title,
  says,
  steps,
});

const FORGED: Page = {
  status: 403,
  title: 'This link is invalid',
  says: [
    'Its signature is wrong: a part is missing, or it was changed on its way. Nothing was done. Copy the whole link from the message.',
  ],
  steps: [LIST],
};

const REPLACED: Page = {
  ...FORGED,
  title: 'This link’s key was replaced',
  says: ['Links that were sent before are invalid now. Nothing was done. Acknowledge by command:'],
  steps: [['Acknowledge by your own name:', 'npm run respond -- ack <incident>'], LIST],
};

const AWAY: Page = {
  status: 503,
  title: 'The ledger does not answer',
  says: [
    'It is unknown whether anything was done. Try again in a minute: that does no harm. If it does not help:',
  ],
  steps: [['Acknowledge by your own name:', 'npm run respond -- ack <incident>'], LIST],
};

const expired = ({ incident, expires }: Link): Page => ({
  status: 410,
  title: 'This link has expired',
  says: [`It expired on ${moment(new Date(expires * 1_000))}. Nothing was done. There is another way:`],
  steps: [byHand(incident), LIST],
});
