import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { createWaking } from '../../record/start-escalation.ts';
import { readObject } from '../../reporting/postmortem/objects.ts';
import {
  LONGEST_DOCUMENT,
  noSuchEpisode,
  notDrafted,
  signPostmortem,
} from '../../reporting/postmortem/sign.ts';
import { readDraft, SIGNED } from '../../reporting/postmortem/store.ts';
import { episodeAsked, postmortemOf, type PostmortemRow } from '../../record/postmortems.ts';
import { EVERYBODY, command } from '../definition.ts';
import { IncidentId } from './orders.ts';
import { aligned } from '../../platform/text-table.ts';

/** Typed as text; by default the latest. */
const episode = z.coerce.number().int().min(1).optional();

export const postmortem = command({
  about: 'where an incident’s postmortem lies, how far it is, and its text',
  usage: 'postmortem <incident> [--episode 2]',
  schema: z.strictObject({ incident: IncidentId, episode }),
  may: EVERYBODY,
  async answer({ input, pool, tools, settings: { bucket } }) {
    const asked = await episodeAsked(pool, input.incident, input.episode);
    if (!asked) return { ok: false, text: `${noSuchEpisode(input.incident, input.episode)}.` };
    const row = await postmortemOf(pool, asked.incident, asked.episode);
    if (!row) return { ok: false, text: `${notDrafted(asked)}.` };
    const { key, text } = await documentOf(row, { s3: await tools.s3(), bucket });
    const signed = row.signedAt !== undefined;
    const head = [
      ['incident', `${asked.incident}, episode ${asked.episode}, ${asked.severity}`],
      ['drafted', moment(row.draftedAt)],
      ['signed', signed ? `${moment(row.signedAt ?? '')} by ${row.signedBy ?? ''}` : 'not yet'],
      ['document', `s3://${bucket}/${key}`],
      ...(signed ? [] : [['sign it', `sign-postmortem ${asked.incident} --file <the completed text>`]]),
    ];
    return {
      ok: true,
      text: [...aligned(head, 0), '', text].join('\n'),
      data: { ...row, key, markdown: text },
    };
  },
});

/** What a person has signed, else the draft. */
async function documentOf(
  row: PostmortemRow,
  { s3, bucket }: { s3: Parameters<typeof readObject>[0]; bucket: string },
): Promise<{ key: string; text: string }> {
  const key = `${row.prefix}${SIGNED}`;
  const signed = row.signedAt === undefined ? undefined : await readObject(s3, bucket, key);
  if (signed !== undefined) return { key, text: signed };
  return readDraft(s3, bucket, { prefix: row.prefix, sha256: row.draftSha256 });
}

export const signPostmortemCommand = command({
  about: 'sign a postmortem that you have completed',
  usage: 'sign-postmortem <incident> --file <path> [--episode 2], or --agree',
  schema: z.strictObject({
    incident: IncidentId,
    episode,
    document: z
      .string()
      .min(1)
      .max(LONGEST_DOCUMENT)
      .describe('the completed text; `--file` reads it')
      .optional(),
    agree: z
      .boolean()
      .default(false)
      .describe(
        'instead of a file: the record is right; for a SEV-2 that the machine repaired within minutes',
      ),
  }),
  may: ['operate'],
  async answer({ input, caller, pool, tools, settings, now, log }) {
    const { incident: id, document, agree } = input;
    if (agree === (document !== undefined))
      return {
        ok: false,
        text: `the postmortem of ${id} is not signed: wanted either --file with the completed text, or --agree.`,
      };
    const signed = await signPostmortem({
      pool,
      s3: await tools.s3(),
      bucket: settings.bucket,
      incident: id,
      episode: input.episode,
      document,
      order: {
        caller,
        action: 'responder.sign-postmortem',
        at: now.toISOString(),
        why: agree ? 'agreed with the record' : 'completed',
        object: { type: 'incident', id },
      },
    });
    if (!signed.done) return { ok: false, text: `the postmortem of ${id} is not signed: ${signed.why}.` };
    // It waits for the signature, and would send reminders; unwoken, it learns of it at its next deadline.
    await createWaking(tools, () => pool)
      .wake(id)
      .catch((error: unknown) => log.warn('the escalation could not be woken', { incident: id, error }));
    const text = `the postmortem of ${id} is signed by ${caller.person}: s3://${settings.bucket}/${signed.key}, SHA-256 ${signed.sha256}.`;
    return { ok: true, text, data: signed };
  },
});
