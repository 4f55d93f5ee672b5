import type { Evidence } from '../../domain/evidence.ts';

/**
 * The runbook's own statement, unmodified, as evidence. Nothing is decided from it (it has gaps, and
 * reads whole tables): its failure is evidence, too.
 */
export async function asPrinted(
  source: string,
  query: string,
  ask: () => Promise<{ evidence: Evidence }>,
): Promise<Evidence> {
  try {
    return (await ask()).evidence;
  } catch (error) {
    return { source, query, parameters: {}, rows: [{ error: (error as Error).message }] };
  }
}
