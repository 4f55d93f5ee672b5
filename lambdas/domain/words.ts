/** How people read moments, durations, figures and names: whatever they see is written here. */

type Moment = string | Date;

const utc = (at: Moment): string => new Date(at).toUTCString().slice(5, 25).replace(/^0/, '');

/** `30 Nov 2026`, UTC. */
export const day = (at: Moment): string => utc(at).slice(0, -9);

/** `07:15:42`, UTC. */
export const clock = (at: Moment): string => utc(at).slice(-8);

/** `30 Nov 2026 07:15:42 UTC`, where seconds say what came first. */
export const exactMoment = (at: Moment): string => `${utc(at)} UTC`;

/**
 * `30 Nov 2026 07:15 UTC`.
 * @param now where the text is read at once: the same day is `today 07:15 UTC`
 */
export const moment = (at: Moment, now?: Moment): string =>
  `${now !== undefined && day(at) === day(now) ? 'today' : day(at)} ${clock(at).slice(0, 5)} UTC`;

/** ` (16:06 Berlin)`, with the day where it is another one; nothing where people live by UTC. */
export function localTime(at: Moment, zone: string): string {
  if (zone === 'UTC') return '';
  const part = (form: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...form }).format(new Date(at));
  const there = part({ day: 'numeric', month: 'short', year: 'numeric' });
  const time = part({ hour: '2-digit', minute: '2-digit' });
  const place = (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
  return ` (${there === day(at) ? '' : `${there.slice(0, -5)} `}${time} ${place})`;
}

/** `23 Nov 2026 15:06 UTC (16:06 Berlin), in 59 minutes`, or `…, 2 hours ago`. */
export function deadline(by: Moment, now: Moment, zone: string): string {
  const [from, to] = [new Date(now).getTime(), new Date(by).getTime()];
  const left = to > from ? `in ${between(from, to)}` : `${between(to, from)} ago`;
  return `${moment(by)}${localTime(by, zone)}, ${left}`;
}

/** `3 days 4 hours`, `59 minutes`: two units say enough. A negative one lies `before`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `${duration(-seconds)} before`;
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  let left = Math.floor(seconds);
  const parts = units.slice(first < 0 ? -1 : first).flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return [count === 0 ? '' : plural(count, unit)];
  });
  return parts.slice(0, 2).filter(Boolean).join(' ') || '0 seconds';
}

/** `59 minutes` from one moment to a later one, to the minute. */
export const between = (from: Moment | number, to: Moment | number): string => {
  const minutes = Math.round((new Date(to).getTime() - new Date(from).getTime()) / 60_000);
  return minutes < 1 ? 'less than a minute' : duration(minutes * 60);
};

/** Made on first use: loading the locale costs every function's start. */
const formats = new Map<'whole' | 'digits', Intl.NumberFormat>();
const formatOf = (kind: 'whole' | 'digits'): Intl.NumberFormat => {
  const most = kind === 'whole' ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  const format = formats.get(kind) ?? new Intl.NumberFormat('en-US', { ...most, signDisplay: 'negative' });
  formats.set(kind, format);
  return format;
};

/** `4.307`, `12,346`: four significant digits, and no whole number rounded. */
export const number = (value: number): string =>
  formatOf(Math.abs(value) >= 1_000 ? 'whole' : 'digits').format(value);

/** `12.5 %` */
export const percent = (value: number): string => `${number(value)} %`;

/** `1,234.50 USD`; of less than ten cents four decimals. Money is a decimal as text, and never made a float. */
export function dollars(usd: string): string {
  const most = Math.abs(Number(usd)) < 0.1 ? 4 : 2;
  const format = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: most });
  return `${format.format(usd as Intl.StringNumericLiteral)} USD`;
}

/** `1 run`, `2 runs`. */
export const plural = (count: number, thing: string, things = `${thing}s`): string =>
  `${number(count)} ${count === 1 ? thing : things}`;

/** `a, b and c` */
export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;

const ARN = /arn:aws[\w-]*:(?:iam|sts)::\d{12}:/g;
const ISO = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)/g;
const LONG_FIGURE = /(?<![\w.-])\d+\.\d{4,}(?![\w.-])/g;
/** Glue's run ids have 67 characters; nobody reads the last 55. */
const LONG_ID = /\b(jr_[0-9a-f]{9})[0-9a-f]{9,}/g;
/** What CloudWatch says when a threshold is crossed, with the newest datapoint's figure first. */
const CROSSED =
  /Threshold Crossed: .*?\[([\d.eE+-]+)[^\]]*\] (?:was|were) (not )?(greater|less) than (?:or equal to )?the threshold \(([\d.eE+-]+)\)[^;”]*/g;

/** The newest datapoint and the limit, of an alarm's reason. */
export function crossing(reason: string): { value: number; limit: number } | undefined {
  const [, value, , , limit] = new RegExp(CROSSED.source).exec(reason) ?? [];
  return value === undefined ? undefined : { value: Number(value), limit: Number(limit) };
}

/**
 * Any text as a tired person reads it: `user/ada` for the ARN, `23 Nov 2026 14:11 UTC` for the moment, four digits for
 * the figure, and CloudWatch's reason without its frame.
 */
export const readable = (text: string): string =>
  text
    .replaceAll(
      CROSSED,
      (_whole, value: string, not: string | undefined, than: string, limit: string) =>
        `${number(Number(value))} is ${not ?? ''}${than === 'greater' ? 'above' : 'below'} the limit of ${number(Number(limit))}`,
    )
    .replaceAll(ARN, '')
    .replaceAll(ISO, (at) => moment(at))
    .replaceAll(LONG_FIGURE, (figure) => number(Number(figure)))
    .replaceAll(LONG_ID, '$1…');

/** `Costs are old` */
export const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** `INC-41`: what people say and type. Without the ledger an incident has no number yet. */
export const shortIncident = (number: number): string => `INC-${number}`;
