const SHAPE = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * `2019-02-19T18:34:04.271+0000` (SNS) or `…Z`, as ISO 8601 in UTC with milliseconds: the same moment
 * gives the same text in every envelope. Without a zone it is UTC. Spaces around colons, as in edited
 * messages, are dropped.
 * @returns undefined when it is no such time
 */
export function normaliseTime(text: string): string | undefined {
  const found = SHAPE.exec(text.replaceAll(/\s/g, ''));
  if (!found) return undefined;
  const [, day, clock, fraction = '', zone = 'Z'] = found;
  const colonZone = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const moment = new Date(`${day}T${clock}${fraction.slice(0, 4)}${colonZone}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
