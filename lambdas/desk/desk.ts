import { pathPart } from '../platform/page/path-part.ts';
import { randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { html, type Markup } from '../platform/page/html.ts';
import { PAGES, type PageName, type Shown, type ViewAnswer } from '../commands/each/view.ts';
import { buttonNamed, commandOf } from './buttons.ts';
import { createDoor, type DoorNeeds } from './door.ts';
import { deskPage, hidden, LINKS, type Frame, type Link } from './frame.ts';
import { approvalPage } from './pages/approval.ts';
import { closePage } from './pages/close.ts';
import { incidentPage } from './pages/incident.ts';
import { nowPage } from './pages/now.ts';
import { playbooksPage } from './pages/playbooks.ts';
import { auditPage, reportsPage, signedPage } from './pages/reports.ts';
import { checkPage, runPage } from './pages/run.ts';
import { searchPage } from './pages/search.ts';
import type { Given, Persons, Said } from './persons.ts';
import { SCRIPT } from './script.ts';

export interface DeskNeeds extends DoorNeeds {
  readonly persons: Persons;
  /** Pages that only a sandbox has. */
  readonly more?: { readonly links: readonly Link[]; readonly add: (desk: Hono, tools: DeskTools) => void };
}

export interface DeskTools {
  readonly frame: (c: Context) => Frame;
  /** Goes back to a page of the desk, which then shows what came of it. */
  readonly back: (c: Context, page: string, note: string) => Response;
}

/** Where each page is, and which of the responder's views it shows. */
const ROUTES = [
  ['/', 'now', nowPage],
  ['/i/:id', 'incident', incidentPage],
  ['/r/:id', 'run', runPage],
  ['/p/:id', 'approval', approvalPage],
  ['/playbooks', 'playbooks', playbooksPage],
  ['/close', 'close', closePage],
  ['/close/:id', 'close', closePage],
  ['/search', 'search', searchPage],
  ['/reports', 'reports', reportsPage],
  ['/audit', 'audit', auditPage],
] as const satisfies readonly (readonly [string, PageName, (frame: Frame, shown: never) => string])[];

/** Documents as they were written. */
const DOCUMENTS = [
  ['/reports/:id', 'report'],
  ['/postmortems/:id', 'postmortem'],
] as const;

const READ_ONLY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";

/** What came of buttons, for the page after them: as many as a person could open again. */
const NOTES_KEPT = 100;

/** The desk: every page is one command that only looks, and every button one that is audited. */
export function createDesk({ persons, more, ...door }: DeskNeeds): Hono {
  const { check, csrf } = createDoor(door);
  const desk = new Hono();
  const notes = new Map<string, string>();
  const links = [...LINKS, ...(more?.links ?? [])];

  const chosen = (c: Context): string | undefined => {
    const asked = getCookie(c, 'as');
    return persons.choices.find((one) => one === asked) ?? persons.choices[0];
  };
  const give = async (command: Given, c: Context): Promise<Said> => {
    try {
      return await persons.give(command, chosen(c));
    } catch (error) {
      return { ok: false, status: 502, text: error instanceof Error ? error.message : String(error) };
    }
  };
  const frameOf = (c: Context, answer?: ViewAnswer<PageName>): Frame => ({
    csrf,
    person: answer?.person ?? chosen(c),
    may: answer?.may ?? [],
    now: answer?.now,
    choices: persons.choices,
    links,
    note: notes.get(c.req.query('said') ?? ''),
  });
  const back = (c: Context, page: string, note: string): Response => {
    const id = randomUUID();
    notes.set(id, note);
    for (const old of [...notes.keys()].slice(0, -NOTES_KEPT)) notes.delete(old);
    return c.redirect(`${page}?said=${id}`, 303);
  };
  const failed = (c: Context, said: Said, title: string, more: Markup): Response =>
    c.html(
      deskPage(
        frameOf(c),
        title,
        html`<h1>${title}</h1>
          <p class="card first">${said.text.split('\n').map((line) => html`${line}<br />`)}</p>
          ${(said.status === 403 || said.status === 502) && html`<p class="note">If your credentials have expired, sign in again (<code>aws sso login</code>), then try again here. Until then nothing is shown and nothing is done.</p>`}
          ${more}`,
      ),
      (said.status >= 400 ? said.status : 422) as ContentfulStatusCode,
    );

  desk.use(check);
  desk.get('/desk.js', (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }));

  for (const [path, page, print] of ROUTES)
    desk.get(path, async (c) => {
      const id = c.req.param('id') ?? c.req.query('q') ?? '';
      const said = await give({ name: 'view', input: { page, id } }, c);
      if (!said.ok) return failed(c, said, titleOf(said), tryAgain(c));
      const answer = said.data as ViewAnswer<typeof page>;
      return c.html(
        (print as (frame: Frame, shown: Shown<PageName>) => string)(frameOf(c, answer), answer.shown),
      );
    });

  desk.get('/r/:id/checks/:at', async (c) => {
    const said = await give({ name: 'view', input: { page: 'run', id: c.req.param('id') } }, c);
    if (!said.ok) return failed(c, said, titleOf(said), tryAgain(c));
    const answer = said.data as ViewAnswer<'run'>;
    const page = checkPage(frameOf(c, answer), answer.shown, c.req.param('at'));
    return page === undefined ? c.notFound() : c.html(page);
  });

  for (const [path, page] of DOCUMENTS)
    desk.get(path, async (c) => {
      const said = await give({ name: 'view', input: { page, id: c.req.param('id') } }, c);
      if (!said.ok) return failed(c, said, titleOf(said), tryAgain(c));
      const answer = said.data as ViewAnswer<typeof page>;
      const { shown } = answer;
      if ('text' in shown && shown.text !== undefined)
        return c.html(signedPage(frameOf(c, answer), { ...shown, text: shown.text }));
      // Its style is of the version that wrote it. It may do nothing but be read.
      c.header('content-security-policy', READ_ONLY);
      return c.html('page' in shown ? (shown.page ?? '') : '');
    });

  desk.get('/api/:page/:id{.+\\.json}', (c) => api(c, c.req.param('page'), c.req.param('id')));
  desk.get('/api/:page{.+\\.json}', (c) => api(c, c.req.param('page'), ''));
  const api = async (c: Context, named: string, file: string): Promise<Response> => {
    const page = named.replace(/\.json$/, '');
    const id = file.replace(/\.json$/, '') || (c.req.query('q') ?? '');
    if (!PAGES.includes(page as PageName))
      return c.json({ error: `there is no page "${page}"; wanted one of ${PAGES.join(', ')}` }, 404);
    const said = await give({ name: 'view', input: { page, id } }, c);
    if (said.ok) return c.json(said.data as object);
    return c.json({ error: said.text }, (said.status >= 400 ? said.status : 422) as ContentfulStatusCode);
  };

  desk.post('/as', async (c) => {
    const { person } = await c.req.parseBody();
    if (typeof person === 'string' && persons.choices.includes(person))
      setCookie(c, 'as', person, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.redirect('/', 303);
  });
  desk.post('/do/:name/:id', async (c) => {
    const { name, id } = c.req.param();
    const button = buttonNamed(name);
    if (!button)
      return failed(
        c,
        { ok: false, status: 404, text: `The desk has no button "${name}".` },
        'Nothing was done',
        html``,
      );
    const form = await c.req.parseBody();
    const said = await give(commandOf(button, id, form), c);
    if (said.ok) return back(c, button.page(id), onDesk(said.text));
    const fields = Object.fromEntries(
      ['csrf', ...button.fields].flatMap((field) => {
        const value = form[field];
        return typeof value === 'string' ? [[field, value]] : [];
      }),
    );
    return failed(
      c,
      said,
      'Not done',
      html`<div class="actions">
        <form method="post" action="/do/${name}/${pathPart(id)}">
          ${hidden(fields)}<button>Try again</button>
        </form>
        <p><a href="${button.page(id)}">Back to the page</a></p>
      </div>`,
    );
  });

  more?.add(desk, { frame: (c) => frameOf(c), back });
  // The responder may be of another version than this desk.
  desk.onError((error, c) =>
    failed(
      c,
      { ok: false, status: 500, text: `The answer is not as this desk wants it: ${error.message}` },
      'The page cannot be shown',
      html`<p class="note">Use the desk of the version that is deployed. Nothing was done.</p>`,
    ),
  );
  desk.notFound((c) =>
    failed(
      c,
      { ok: false, status: 404, text: `The desk has no page ${c.req.path}.` },
      'No such page',
      html``,
    ),
  );
  return desk;
}

/** Without the sentences that say what to type in a terminal: the desk has buttons for it. */
const onDesk = (text: string): string =>
  text
    .split(/(?<=[.`]) (?=[A-Z`])/)
    .filter((sentence) => !sentence.includes('`'))
    .join(' ') || text;

function titleOf({ status }: Said): string {
  if (status === 404) return 'Not on record';
  if (status === 503) return 'The record does not answer';
  return 'Nothing can be shown';
}

const tryAgain = (c: Context): Markup => html`<p><a class="button" href="${c.req.path}">Try again</a></p>`;
