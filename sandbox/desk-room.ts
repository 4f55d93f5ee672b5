import type { Hono } from 'hono';
import type { KeptMessage } from '../emulator/aws/sns.ts';
import type { KeptIssue } from '../emulator/jira/jira.ts';
import type { KeptEvent } from '../emulator/pager/pager.ts';
import type { DeskNeeds, DeskTools } from '../lambdas/desk/desk.ts';
import { deskPage, hidden, type Frame } from '../lambdas/desk/frame.ts';
import { moment, plural } from '../lambdas/domain/words.ts';
import { html, type Markup } from '../lambdas/platform/page/html.ts';
import { allRuns } from './executions.ts';
import { faults } from './faults/all.ts';
import type { Fault } from './faults/fault.ts';
import type { Sandbox } from './sandbox.ts';
import { inMinutes } from './scenario.ts';

/** On a page; the newest first. */
const SHOWN = 60;
/** As long as a run may take, with its hour of waiting for the ledger. */
const MOST_MINUTES = 150;

const STEPS = [
  ['10', '10 minutes pass'],
  ['60', '1 hour passes'],
  ['1440', '1 day passes'],
] as const;

const KINDS: Readonly<Record<Fault['kind'], string>> = {
  fault: 'One thing is broken',
  control: 'Nothing may be done',
  compound: 'Several things are broken',
  poisoned: 'The data are absurd',
  platform: 'The responder’s own ground',
};

/** What the desk has in a sandbox alone: everything that was sent, the clock, and what can be broken. */
export function deskRoom(sandbox: Sandbox): NonNullable<DeskNeeds['more']> {
  return {
    links: [
      { to: '/inbox', text: 'Inbox' },
      { to: '/world', text: 'World' },
    ],
    add: (desk, tools) => addRoom(desk, tools, sandbox),
  };
}

function addRoom(desk: Hono, { frame, back }: DeskTools, sandbox: Sandbox): void {
  const { clock } = sandbox;
  let moving = false;
  /** Two at once would each jump over what the other waits for. */
  const alone = async (move: () => Promise<string>): Promise<string> => {
    if (moving) return 'Nothing was done: time is passing already. Wait until it has.';
    moving = true;
    try {
      return await move();
    } catch (error) {
      return `It failed: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      moving = false;
    }
  };
  const framed = (c: Parameters<typeof frame>[0]): Frame => ({ ...frame(c), now: clock.now().toISOString() });

  desk.get('/inbox', (c) => c.html(inboxPage(framed(c), sandbox)));
  desk.get('/inbox/:at', (c) => {
    const page = messagePage(framed(c), sandbox, c.req.param('at'));
    return page === undefined ? c.notFound() : c.html(page);
  });
  desk.get('/world', (c) => c.html(worldPage(framed(c), sandbox)));
  desk.post('/world/pass', async (c) => {
    const { minutes } = await c.req.parseBody();
    const known = STEPS.find(([value]) => value === minutes);
    if (!known) return back(c, '/world', 'Nothing was done: wanted 10, 60 or 1440 minutes.');
    const said = await alone(async () => {
      await clock.advanceTo(inMinutes(sandbox, Number(known[0])));
      return `It is ${moment(clock.now())} now.`;
    });
    return back(c, '/world', said);
  });
  desk.post('/world/break', async (c) => {
    const { fault: named } = await c.req.parseBody();
    const fault = faults.find(({ name }) => name === named);
    if (!fault) return back(c, '/world', 'Nothing was done: there is no such fault.');
    const said = await alone(async () => {
      const since = clock.now();
      await fault.inject(sandbox);
      const ended = await clock.advanceUntil(() => isOver(sandbox, since), inMinutes(sandbox, MOST_MINUTES));
      const runs = allRuns(sandbox).filter(({ start }) => start >= since).length;
      return ended
        ? `${fault.about} ${plural(runs, 'run')} ended or ${runs === 1 ? 'waits' : 'wait'} for people.`
        : `${fault.about} ${MOST_MINUTES} minutes have passed, and ${plural(runs, 'run')} began.`;
    });
    return back(c, '/', said);
  });
}

/** Some run has begun since then, and each has ended or waits for people. */
function isOver(sandbox: Sandbox, since: Date): boolean {
  const runs = allRuns(sandbox).filter(({ start }) => start >= since);
  const waits = ({ operations }: (typeof runs)[number]): boolean =>
    operations.some(({ name, status }) => name === 'approval:wait' && status === 'STARTED');
  return runs.length > 0 && runs.every((run) => run.status !== 'RUNNING' || waits(run));
}

interface Sent {
  readonly at: string;
  readonly title: string;
  readonly to: string;
  /** Each channel's text. */
  readonly texts: () => readonly (readonly [string, string])[];
}

/** Everything that was sent, oldest first: the place in it is the message's address. */
const allSent = ({ services: { sns, jira, pagers } }: Sandbox): Sent[] =>
  [
    ...sns.messages.all().map(messageSent),
    ...jira.issues.all().map(issueSent),
    ...pagers.events.all().map(eventSent),
  ].sort((a, b) => a.at.localeCompare(b.at));

function inboxPage(frame: Frame, sandbox: Sandbox): string {
  const sent = allSent(sandbox).map((one, i) => ({ ...one, page: `/inbox/${i + 1}` }));
  const body = html`<h1>Inbox</h1>
    <p class="soft">
      All that the responder, its alarms and Commercial-Ops have sent:
      ${plural(sent.length, 'message')}${sent.length > SHOWN && `, the newest ${SHOWN} of them`}.
    </p>
    <section class="card">
      <ul class="rows">
        ${sent
          .slice(-SHOWN)
          .reverse()
          .map(
            ({ at, title, to, page }) =>
              html`<li>
                <a href="${page}">${title}</a><br /><span class="soft">${moment(at, frame.now)} · ${to}</span>
              </li>`,
          )}
      </ul>
    </section>`;
  return deskPage(frame, 'Inbox', body);
}

/** One message, as it was sent on each channel. @param at counted from 1 */
function messagePage(frame: Frame, sandbox: Sandbox, at: string): string | undefined {
  const one = /^[1-9]\d{0,5}$/.test(at) ? allSent(sandbox)[Number(at) - 1] : undefined;
  if (!one) return undefined;
  const body = html`<p class="soft"><a href="/inbox">Inbox</a></p>
    <h1>${one.title}</h1>
    <p class="soft">${moment(one.at)} · ${one.to}</p>
    ${one.texts().map(
      ([channel, text]) =>
        html`<section class="card">
          <h2>${channel}</h2>
          <pre>${text}</pre>
        </section>`,
    )}`;
  return deskPage(frame, one.title, body);
}

const channelOf = (protocol: string, text: string): string =>
  protocol === 'sms'
    ? `Text message, ${text.length} characters`
    : protocol === 'default'
      ? 'Chat and programs'
      : protocol;

const messageSent = ({ at, topicArn, subject, message, parts, to }: KeptMessage): Sent => ({
  at,
  title: subject ?? '(no subject)',
  to: `${topicArn.split(':').at(-1) ?? ''} · ${to.length === 0 ? 'nobody has subscribed' : to.join(', ')}`,
  texts: () => [
    ['E-mail', message],
    ...Object.entries(parts ?? {})
      .filter(([protocol]) => protocol !== 'email')
      .map(([protocol, text]) => [channelOf(protocol, text), text] as const),
  ],
});

const issueSent = ({ key, created, fields, comments }: KeptIssue): Sent => ({
  at: created,
  title: `Jira ${key}: ${fields.summary}`,
  to: plural(comments.length, 'comment'),
  texts: () => [
    ['Issue', textOf(fields.description)],
    ...comments.map(({ body }, i) => [`Comment ${i + 1}`, textOf(body)] as const),
  ],
});

const eventSent = ({ at, pager, event, key, title, severity, body }: KeptEvent): Sent => ({
  at,
  title: `${event}: ${title || key}`,
  to: [pager === 'pagerduty' ? 'PagerDuty' : 'another pager, by webhook', severity]
    .filter(Boolean)
    .join(', '),
  texts: () => [['Event', JSON.stringify(body, undefined, 2)]],
});

/** The text of a document in the Atlassian format. */
function textOf(node: unknown): string {
  const { type, text, content = [] } = (node ?? {}) as { type?: string; text?: string; content?: unknown[] };
  if (text !== undefined) return text;
  if (type === 'hardBreak') return '\n';
  return content.map(textOf).join(type === 'doc' ? '\n' : '');
}

/** The clock, and what can be broken. */
function worldPage(frame: Frame, { services: { cloudwatch } }: Sandbox): string {
  const raised = cloudwatch.alarms.all().filter(({ state }) => state.value === 'ALARM');
  const form = (to: string, inner: Markup): Markup =>
    html`<form method="post" action="${to}">${hidden({ csrf: frame.csrf })} ${inner}</form>`;
  const body = html`<h1>World</h1>
    <p class="soft">
      Only the sandbox has this page.
      ${raised.length === 0 ? 'No alarm is raised.' : `Raised: ${raised.map(({ settings }) => settings.name).join(', ')}.`}
    </p>
    <section class="card">
      <h2>Let time pass</h2>
      <div class="actions">
        ${STEPS.map(([minutes, text]) => form('/world/pass', html`${hidden({ minutes })}<button class="quiet">${text}</button>`))}
      </div>
    </section>
    <section class="card">
      <h2>Break something</h2>
      ${form(
        '/world/break',
        html`<label
            >Fault
            <select name="fault">
              ${[...Map.groupBy(faults, ({ kind }) => kind)].map(([kind, own]) => html`<optgroup label="${KINDS[kind]}">${own.map(({ name }) => html`<option>${name}</option>`)}</optgroup>`)}
            </select></label
          >
          <button>Break it, and let the responder work</button>`,
      )}
    </section>`;
  return deskPage(frame, 'World', body);
}
