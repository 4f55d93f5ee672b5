import * as z from 'zod';
import { oneLine } from '../../domain/foreign-text.ts';
import { EVERYBODY, command } from '../definition.ts';
import { approvalView } from '../views/approval.ts';
import { closeView } from '../views/close.ts';
import { auditView, postmortemView, reportsView, reportView } from '../views/documents.ts';
import { incidentView } from '../views/incident.ts';
import { nowView } from '../views/now.ts';
import { playbooksView } from '../views/playbooks.ts';
import { runView } from '../views/run.ts';
import { searchView } from '../views/search.ts';
import type { AsSent, ViewCall } from '../views/view.ts';

/** What the desk's pages are made from, each by the name of its page. */
const VIEWS = {
  now: nowView,
  incident: incidentView,
  run: runView,
  approval: approvalView,
  playbooks: playbooksView,
  close: closeView,
  search: searchView,
  reports: reportsView,
  report: reportView,
  postmortem: postmortemView,
  audit: auditView,
} satisfies Record<string, (call: ViewCall) => Promise<object | undefined>>;

type Views = typeof VIEWS;
export type PageName = keyof Views;
export const PAGES = Object.keys(VIEWS) as PageName[];

/** What a page shows, as it comes over the wire. */
export type Shown<P extends PageName> = AsSent<NonNullable<Awaited<ReturnType<Views[P]>>>>;

/** With it: for whom, when, and what that person may order. */
export interface ViewAnswer<P extends PageName> {
  readonly person: string;
  readonly may: readonly string[];
  readonly now: string;
  readonly shown: Shown<P>;
}

export const view = command({
  about: 'what a page of the desk shows, as data',
  usage: `view <${PAGES.join('|')}> [id or words]`,
  schema: z.strictObject({
    page: z.enum(PAGES),
    id: z.string().max(200, 'at most 200 characters').default(''),
  }),
  may: EVERYBODY,
  looksOnly: true,
  async answer({ input: { page, id }, caller, may, now, pool, tools, settings, log }) {
    let shown: object | undefined;
    try {
      shown = await VIEWS[page]({ pool, tools, settings, now, caller, log, id });
    } catch (error) {
      log.error('a page could not be read', { page, id, error });
      const why = oneLine(error instanceof Error ? error.message : String(error), 300);
      return { status: 503, ok: false, text: `The record does not answer: ${why}` };
    }
    if (!shown) return { status: 404, ok: false, text: `There is no ${page} ${oneLine(id)} on record.` };
    return {
      ok: true,
      text: `${page}, as data for the desk`,
      data: { person: caller.person, may, now, shown },
    };
  },
});
