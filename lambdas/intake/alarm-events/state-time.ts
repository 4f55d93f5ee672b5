const SHAPE =
  /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(\.\d+)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/;

/**
 * `2019-02-19T18:34:04.271+0000` (SNS) or `…Z`, as ISO 8601 in UTC with milliseconds: the same moment
 * gives the same text in every envelope. Without a zone it is UTC. Spaces around colons, as in edited
 * messages, are dropped.
 * @returns undefined when it is no such time
 */
export function normaliseTime(text: string): string | undefined {
  const found = SHAPE.exec(text.replaceAll(/\s/g, ''));
  if (!found) return undefined;
  const [, day = '', clock, fraction = '', zone = 'Z'] = found;
  // `Date` takes 31 November for 1 December.
  const midnight = new Date(`${day}T00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const colonZone = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return new Date(`${day}T${clock}${fraction.slice(0, 4)}${colonZone}`).toISOString();
}
