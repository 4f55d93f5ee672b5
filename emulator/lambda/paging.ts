import { invalid } from './durable-validation.ts';

/** A page of a list that only grows at its end; the marker is the index of the next page. */
export function pageOf<T>(
  all: readonly T[],
  marker: string | undefined,
  size: number,
): { page: T[]; next: string | undefined } {
  const from = marker === undefined || marker === '' ? 0 : Number(marker);
  if (!Number.isSafeInteger(from) || from < 0)
    throw invalid(`'${marker}' is not a marker; wanted: the NextMarker of an earlier answer.`);
  const to = from + size;
  return { page: all.slice(from, to), next: to < all.length ? String(to) : undefined };
}
