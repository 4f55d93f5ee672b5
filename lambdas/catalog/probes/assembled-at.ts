/** `20261104T101501Z` of a report, `2026-11-04T10:15:01.000Z-…` of an export. */
const NAMED = /^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.\d+)?Z/;

/**
 * When AWS assembled a delivery, by the ids that name it; a copy that is put back later still names it. Older reports are
 * named by a UUID alone, which says nothing.
 * @param ids of the assembly or the execution, or keys of its files, whose folders are named by it
 */
export function assembledAt(ids: readonly (string | undefined)[]): string | undefined {
  for (const part of ids.flatMap((id) => id?.split('/') ?? [])) {
    const [, ...numbers] = NAMED.exec(part) ?? [];
    const [year, month, day, hour, minute, second] = numbers;
    if (year === undefined) continue;
    const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
    if (!Number.isNaN(at.getTime())) return at.toISOString();
  }
  return undefined;
}
