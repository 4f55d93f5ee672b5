import { Temporal } from 'temporal-polyfill';

/** Where a sandbox's clock may start: certificates, signatures and generated months are sound in between. */
const FIRST = '2010-01-01T00:00:00Z';
const LAST = '2099-12-31T23:59:59Z';

const DAY = /^\d{4}-\d\d-\d\d$/;
const WITH_OFFSET = /T.*(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * A moment that a person types: a day, or a day and a time, in UTC unless it names its offset.
 * @returns the moment, or what is wrong with the text and what is wanted
 */
export function clockStart(text: string, option = '--now'): Date | { readonly mistake: string } {
  const wanted = 'wanted a moment such as 2026-11-30T06:45Z, or a day such as 2028-02-29';
  const full = DAY.test(text) ? `${text}T00:00Z` : WITH_OFFSET.test(text) ? text : `${text}Z`;
  let moment: Temporal.Instant;
  try {
    moment = Temporal.Instant.from(full);
  } catch {
    return { mistake: `${option} is "${text}"; ${wanted}` };
  }
  const outside = Temporal.Instant.compare(moment, FIRST) < 0 || Temporal.Instant.compare(moment, LAST) > 0;
  return outside
    ? { mistake: `${option} is "${text}"; wanted a moment between the years 2010 and 2099` }
    : new Date(moment.epochMilliseconds);
}
