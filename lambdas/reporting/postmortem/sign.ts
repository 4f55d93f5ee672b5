import { isHighSeverity, type Severity } from '../../domain/decision.ts';
import type { S3 } from '@aws-sdk/client-s3';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { episodeAsked, postmortemOf, putSignature } from '../../record/postmortems.ts';
import type { Order } from '../../record/orders.ts';
import { mistakesIn } from './completed.ts';
import { AGREE, TO_COMPLETE } from './document.ts';
import { putOnce } from './objects.ts';
import { readDraft, sha256Of, SIGNED } from './store.ts';

/** Longer documents contain something that belongs beside them. */
export const LONGEST_DOCUMENT = 1_000_000;

export interface Signing {
  readonly pool: Ledger;
  readonly s3: S3;
  readonly bucket: string;
  readonly incident: string;
  /** By default the latest. */
  readonly episode: number | undefined;
  /** Undefined: the person agrees with the record, where the machine has repaired it at once. */
  readonly document: string | undefined;
  /** Who, and when. */
  readonly order: Order;
}

export type Signed =
  | { readonly done: true; readonly key: string; readonly sha256: string; readonly episode: number }
  | { readonly done: false; readonly why: string };

const no = (why: string): Signed => ({ done: false, why });

/**
 * Stores what a person has completed and signed. The object comes first and is never overwritten: of
 * two who sign at once, one learns that there is another document.
 */
export async function signPostmortem(signing: Signing): Promise<Signed> {
  const { pool, s3, bucket, incident, order } = signing;
  const bytes = Buffer.byteLength(signing.document ?? '');
  if (bytes > LONGEST_DOCUMENT)
    return no(
      `the document has ${bytes} bytes, and ${LONGEST_DOCUMENT} is the most: put logs and tables beside it`,
    );
  const asked = await episodeAsked(pool, incident, signing.episode);
  if (!asked) return no(noSuchEpisode(incident, signing.episode));
  const { episode } = asked;
  if (asked.closedAt === null)
    return no(`${incident} is not resolved yet; its draft follows once it is, and that is signed`);
  const row = await postmortemOf(pool, incident, episode);
  if (!row) return no(notDrafted(asked));
  if (row.signedAt !== undefined)
    return no(
      `${row.signedBy ?? 'somebody'} signed it at ${row.signedAt}, and a signed document stays as it is`,
    );
  const draft = await readDraft(s3, bucket, { prefix: row.prefix, sha256: row.draftSha256 });
  const document = signing.document ?? agreed(draft.text, order.caller.person);
  if (document === undefined)
    return no(
      'only a SEV-2 that the machine repaired within minutes is signed by agreeing: complete the draft, and give it with --file',
    );
  const mistakes = mistakesIn(document, draft.text);
  if (mistakes.length > 0)
    return no(`${mistakes.length} things in the document must be fixed:\n${told(mistakes)}`);
  const key = `${row.prefix}${SIGNED}`;
  const type = 'text/markdown; charset=utf-8';
  if (!(await putOnce(s3, { bucket, key, text: document, type })))
    return no(
      `another document lies at s3://${bucket}/${key}, whose signing did not finish: sign that one, or ask the person who wrote it`,
    );
  const sha256 = sha256Of(document);
  return (await putSignature(pool, incident, episode, { order, key, sha256 }))
    ? { done: true, key, sha256, episode }
    : no('somebody has signed it at this moment');
}

/** The draft with its blanks filled in by one person's word; undefined where the draft does not offer that. */
function agreed(draft: string, person: string): string | undefined {
  if (!draft.includes(AGREE)) return undefined;
  return draft
    .replaceAll(
      new RegExp(`^\\[${TO_COMPLETE}: one action[^\\n]*$`, 'gm'),
      'None: the machine repaired it at once.',
    )
    .replaceAll(
      new RegExp(`^\\[${TO_COMPLETE}: [^\\n]*\\]$`, 'gm'),
      `As the record says it: ${person} agrees.`,
    );
}

const MOST_TOLD = 12;
const told = (mistakes: readonly string[]): string =>
  [
    ...mistakes.slice(0, MOST_TOLD).map((one) => `- ${one}`),
    ...(mistakes.length > MOST_TOLD ? [`- and ${mistakes.length - MOST_TOLD} more`] : []),
  ].join('\n');

export const noSuchEpisode = (incident: string, episode: number | undefined): string =>
  `there is no ${episode === undefined ? '' : `episode ${episode} of `}incident "${incident}" on record; a run's message and \`why <run>\` name its incident`;

export const notDrafted = ({
  incident,
  severity,
  closedAt,
}: {
  incident: string;
  severity: Severity;
  closedAt: Date | null;
}): string => {
  if (closedAt === null) return `${incident} is not resolved yet: the draft is made once it is`;
  return isHighSeverity(severity)
    ? `${incident} has no draft yet: its escalation makes it within minutes of the resolution; ask again then`
    : `${incident} was ${severity}: only SEV-1 and SEV-2 have a postmortem`;
};
