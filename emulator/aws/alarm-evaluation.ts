export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** The result of comparing one period's value with the threshold. */
export type Datapoint = 'ok' | 'breaching' | 'missing';

export type MissingTreatment = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export interface Evaluation {
  /** The evaluation range, oldest first: longer than `n`, see `EXTRA_PERIODS`. */
  readonly range: readonly Datapoint[];
  /** M, datapoints to alarm, of N, evaluation periods. */
  readonly m: number;
  readonly n: number;
  readonly missing: MissingTreatment;
  readonly previous: AlarmState;
}

export interface Verdict {
  readonly state: AlarmState;
  /** Indices into the range of the real datapoints that were considered, oldest first. */
  readonly considered: readonly number[];
  /** How many missing datapoints were filled in as breaching or as within the threshold. */
  readonly filled: number;
}

/**
 * CloudWatch retrieves more periods than N: a gap takes older real datapoints before anything is
 * filled in. It publishes no formula; both of its worked examples retrieve 5 for N = 3, so two
 * more.
 * (User guide, "Configuring how CloudWatch alarms treat missing data".)
 */
export const EXTRA_PERIODS = 2;

/**
 * Decides an alarm's state, as the rules and tables of the user guide say:
 *
 * 1. N or more real datapoints in the range: the newest N decide, and the treatment of missing data is not used.
 * 2. Fewer: all of them count, and the rest up to N is filled in by the treatment.
 * 3. `missing` and `ignore` fill in nothing. With no datapoint at all `missing` means INSUFFICIENT_DATA and
 *    `ignore` keeps the state. If every real datapoint breaches, but they are fewer than M, the oldest decides:
 *    at least M periods old, it means ALARM ("premature alarm state"; `ignore` keeps the state).
 * Otherwise good ones may still follow; the guide only says that the alarm does not go to ALARM,
 * so the state is kept.
 */
export function evaluate({ range, m, n, missing, previous }: Evaluation): Verdict {
  const real = range.flatMap((datapoint, i) => (datapoint === 'missing' ? [] : [i]));
  const considered = real.slice(-n);
  const breaching = considered.filter((i) => range[i] === 'breaching').length;
  const gaps = n - considered.length;
  const byCount = (count: number): AlarmState => (count >= m ? 'ALARM' : 'OK');

  if (gaps === 0) return { state: byCount(breaching), considered, filled: 0 };
  if (missing === 'breaching') return { state: byCount(breaching + gaps), considered, filled: gaps };
  if (missing === 'notBreaching') return { state: byCount(breaching), considered, filled: gaps };

  const nothingFilled = (state: AlarmState): Verdict => ({ state, considered, filled: 0 });
  const [oldest] = considered;
  if (oldest === undefined) return nothingFilled(missing === 'missing' ? 'INSUFFICIENT_DATA' : previous);
  if (breaching >= m) return nothingFilled('ALARM');
  if (breaching < considered.length) return nothingFilled('OK');
  const oldEnough = range.length - oldest >= m;
  return nothingFilled(oldEnough && missing === 'missing' ? 'ALARM' : previous);
}
