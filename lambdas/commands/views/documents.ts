import * as z from 'zod';
import { episodeAsked, postmortemOf, newestPostmortems } from '../../record/postmortems.ts';
import { newestOrders } from '../../record/desk.ts';
import { readObject } from '../../reporting/postmortem/objects.ts';
import { readDraft, SIGNED } from '../../reporting/postmortem/store.ts';
import { newestReports, reportPageKey } from '../../reporting/daily-report/store.ts';
import type { ViewCall } from './view.ts';

/** The newest daily reports and postmortems. */
export async function reportsView({ pool, tools, settings: { bucket }, now }: ViewCall) {
  return {
    reports: await newestReports(await tools.s3(), bucket, now),
    postmortems: await newestPostmortems(pool),
  };
}

/** A day's report, as the page that people were sent. @returns undefined for what is no day, or has none */
export async function reportView({ tools, settings: { bucket }, id }: ViewCall) {
  if (!z.iso.date().safeParse(id).success) return undefined;
  const page = await readObject(await tools.s3(), bucket, reportPageKey(id));
  return page === undefined ? undefined : { page };
}

/** An incident's newest postmortem: what a person has signed, else the draft's page. */
export async function postmortemView({ pool, tools, settings: { bucket }, id }: ViewCall) {
  const asked = await episodeAsked(pool, id);
  const row = asked && (await postmortemOf(pool, asked.incident, asked.episode));
  if (!row) return undefined;
  const s3 = await tools.s3();
  const signed =
    row.signedAt === undefined ? undefined : await readObject(s3, bucket, `${row.prefix}${SIGNED}`);
  if (signed !== undefined) return { ...row, incident: id, text: signed };
  const draft = await readDraft(s3, bucket, { prefix: row.prefix, sha256: row.draftSha256 });
  return { ...row, incident: id, page: await readObject(s3, bucket, draft.key.replace(/\.md$/, '.html')) };
}

/** What people have ordered, newest first. */
export const auditView = async ({ pool }: ViewCall) => ({
  orders: (await newestOrders(pool)).map(({ body, ...entry }) => ({
    ...entry,
    body: JSON.parse(body) as Readonly<Record<string, unknown>>,
  })),
});
