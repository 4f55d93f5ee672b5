import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { postmortemOf, putDraft, sealRecord } from '../../record/postmortems.ts';
import { loadBodies } from './bodies.ts';
import { draftOf } from './draft.ts';
import { exportsOf, type Body, type ExportedFile } from './exports.ts';
import { gather } from '../../record/gather.ts';
import type { Gathered } from '../../record/gathered.ts';
import { putOnce, readObject } from './objects.ts';
import { pageOf } from './page.ts';
import { renderMarkdown } from './render-markdown.ts';
import { sourcesOf, type Seal } from './source.ts';

export interface Drafting {
  readonly pool: Ledger;
  readonly s3: S3;
  readonly bucket: string;
  readonly incident: string;
  readonly episode: number;
  readonly now: Date;
}

export interface Drafted {
  /** In the record bucket, with `/` at its end. */
  readonly prefix: string;
  /** Of the draft's Markdown, hex. */
  readonly sha256: string;
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The signed document's name, beside the draft. */
export const SIGNED = 'postmortem.md';

/** By the day of resolution, UTC; a later episode of the incident is below the first one's. */
export const prefixOf = ({
  incident,
  episode,
  closedAt,
}: Pick<Gathered, 'incident' | 'episode' | 'closedAt'>): string =>
  `ops/postmortems/${closedAt.slice(0, 10)}/${incident}/${episode > 1 ? `episode-${episode}/` : ''}`;

/**
 * Drafts the postmortem of a resolved episode: objects first, then the row with its audit entry.
 * Repeatable: it answers with the draft on record, and finds one without a row by its content. Objects
 * are never overwritten.
 * @throws when the episode is open or not on record, or bucket or ledger do not answer: call again
 * then
 */
export async function draftPostmortem(drafting: Drafting): Promise<Drafted> {
  const { pool, incident, episode, now } = drafting;
  const known = await postmortemOf(pool, incident, episode);
  if (known) return { prefix: known.prefix, sha256: known.draftSha256 };
  const gathered = await gather(pool, incident, episode);
  const record = `${canonicalJson(gathered)}\n`;
  const sha256 = sha256Of(record);
  const at = now.toISOString();
  const seal: Seal = { ...(await sealRecord(pool, { incident, episode, sha256, at })), sha256 };
  const bodies = await loadBodies(sourcesOf(gathered, seal).all, drafting);
  const prefix = prefixOf(gathered);
  const draft = await putFirstFree(prefix, { gathered, seal, bodies, record }, drafting);
  const put = await putDraft(pool, incident, episode, { prefix, at, ...draft });
  const kept = put ? undefined : await postmortemOf(pool, incident, episode);
  return kept ? { prefix: kept.prefix, sha256: kept.draftSha256 } : { prefix, sha256: draft.sha256 };
}

interface Content {
  readonly gathered: Gathered;
  readonly seal: Seal;
  readonly bodies: readonly Body[];
  /** As sealed. */
  readonly record: string;
}

/** Drafts without a row, each of another record: more than these are no accident. */
const MOST_DRAFTS = 20;

/** `draft.md`, then `draft-2.md`. */
const numbered = (stem: string, n: number): string => (n === 1 ? stem : `${stem}-${n}`);
export const draftName = (n: number): string => `${numbered('draft', n)}.md`;

async function putFirstFree(prefix: string, content: Content, { s3, bucket }: Drafting) {
  for (let n = 1; n <= MOST_DRAFTS; n++) {
    const files = filesOf(content, n);
    if (
      await putAll(
        files.map((file) => ({ ...file, name: `${prefix}${file.name}` })),
        s3,
        bucket,
      )
    ) {
      const markdown = files.at(-1);
      return { key: `${prefix}${draftName(n)}`, sha256: sha256Of(markdown?.text ?? '') };
    }
  }
  throw new Error(
    `${MOST_DRAFTS} other drafts lie under ${prefix} without a row on record; look at them first`,
  );
}

/** All files of the n-th draft. The Markdown is last: it proves the others. */
function filesOf({ gathered, seal, bodies, record }: Content, n: number): ExportedFile[] {
  const { files, exported } = exportsOf(bodies, numbered('sql', n));
  const document = draftOf(gathered, seal, exported);
  const html = pageOf(document, { markdown: draftName(n), record: `${numbered('record', n)}.json` });
  return [
    ...files,
    { name: `${numbered('record', n)}.json`, type: 'application/json', text: record },
    { name: `${numbered('draft', n)}.html`, type: 'text/html; charset=utf-8', text: html },
    {
      name: draftName(n),
      type: 'text/markdown; charset=utf-8',
      text: renderMarkdown(document, { record: `${numbered('record', n)}.json` }),
    },
  ];
}

const AT_ONCE = 8;

/** @returns false as soon as a different object exists */
async function putAll(files: readonly ExportedFile[], s3: S3, bucket: string): Promise<boolean> {
  // The Markdown comes when all others are there.
  const [last, ...others] = [...files].reverse();
  for (let i = 0; i < others.length; i += AT_ONCE) {
    const put = others
      .slice(i, i + AT_ONCE)
      .map(({ name, text, type }) => putOnce(s3, { bucket, key: name, text, type }));
    if (!(await Promise.all(put)).every(Boolean)) return false;
  }
  return last === undefined || putOnce(s3, { bucket, key: last.name, text: last.text, type: last.type });
}

/** The draft on record, whatever its number. @throws when it is gone */
export async function readDraft(
  s3: S3,
  bucket: string,
  { prefix, sha256 }: Drafted,
): Promise<{ key: string; text: string }> {
  for (let n = 1; n <= MOST_DRAFTS; n++) {
    const key = `${prefix}${draftName(n)}`;
    const text = await readObject(s3, bucket, key);
    if (text === undefined) break;
    if (sha256Of(text) === sha256) return { key, text };
  }
  throw new Error(
    `the draft with SHA-256 ${sha256} is not under ${prefix} any more; look at the object's versions`,
  );
}
