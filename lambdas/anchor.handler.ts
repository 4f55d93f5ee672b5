import * as z from 'zod';
import { checked } from './platform/checked.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { settingsFromEnvironment } from './platform/settings.ts';
import { anchorAll, anchorHead, anchorMoment, publishKeys, signExport } from './record/audit/anchor.ts';
import { anchorSigner } from './record/audit/anchor-key.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);
const signer = anchorSigner(settings);
let published: Promise<void> | undefined;

const Asked = z.union([
  z.strictObject({}),
  z.strictObject({ chain: z.string().min(1) }),
  z.strictObject({ at: z.iso.datetime() }),
  z.strictObject({ export: z.strictObject({ files: z.int().positive(), root: z.base64() }) }),
]);

/**
 * Anchors the audit: the day, one chain, or what was written at one moment. It alone may, and what is anchored it reads
 * from the ledger itself. It also signs the index of an exported folder.
 */
export async function handler(event: unknown): Promise<object> {
  const asked = checked(Asked, event);
  if ('mistakes' in asked)
    throw new Error(
      `wanted {}, {"chain": …}, {"at": …} or {"export": {"files": …, "root": …}}; ${asked.mistakes}`,
    );
  const world = { s3: await tools.s3(), bucket: settings.anchors, pool: pool(), signer: await signer() };
  const { keys: signedWith } = world.signer;
  const { data } = asked;
  const now = new Date();
  if ('export' in data) return { note: signExport(world, data.export, now), signedWith };
  published ??= publishKeys(world);
  await published.catch((error: unknown) => {
    published = undefined;
    throw error;
  });
  if ('at' in data) return { keys: await anchorMoment(world, data.at), signedWith };
  const key = 'chain' in data ? await anchorHead(world, data.chain) : await anchorAll(world, now);
  return { keys: key === undefined ? [] : [key], signedWith };
}
