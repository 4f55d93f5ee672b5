import type { AlarmSettings } from './alarm-settings.ts';
import type { Verdict } from './alarm-evaluation.ts';
import { COMPARISONS } from './alarm-window.ts';

/** One period with its statistic; `value` is undefined when nothing was measured. */
export interface Measured {
  readonly start: number;
  readonly value: number | undefined;
  readonly samples: number;
}

const two = (n: number): string => String(n).padStart(2, '0');
const datapoints = (n: number): string => `${n} datapoint${n === 1 ? '' : 's'}`;
const were = (n: number): string => (n === 1 ? 'was' : 'were');

/** `2026-11-23T14:00:00.000+0000`: how CloudWatch writes moments inside messages. */
export const offsetTime = (moment: Date): string => moment.toISOString().replace('Z', '+0000');

/** `23/11/26 14:00:00`, as inside reasons. */
function shortTime(ms: number): string {
  const at = new Date(ms);
  const date = [at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCFullYear() % 100].map(two).join('/');
  return `${date} ${[at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')}`;
}

/** A number as Java prints a double: real reasons contain `2.0` and `1.50785441792E10`. */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** CloudWatch's own words for a verdict; `range` is what was measured, oldest first. */
export function stateReason(settings: AlarmSettings, verdict: Verdict, range: readonly Measured[]): string {
  const { evaluationPeriods: n, datapointsToAlarm: m, threshold, comparison } = settings;
  const real = verdict.considered.length;
  if (verdict.state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${datapoints(n)} ${were(n)} unknown.`;
  if (verdict.filled > 0) {
    const received = real === 0 ? 'no datapoints were' : `${datapoints(real)} ${were(real)}`;
    const filled = `${verdict.filled} missing datapoint${verdict.filled === 1 ? '' : 's'} ${were(verdict.filled)}`;
    const as = settings.missing === 'breaching' ? 'Breaching' : 'NonBreaching';
    return `Threshold Crossed: ${received} received for ${n} period${n === 1 ? '' : 's'} and ${filled} treated as [${as}].`;
  }
  const alarm = verdict.state === 'ALARM';
  const { breaches, words } = COMPARISONS[comparison];
  const decisive = verdict.considered
    .flatMap((i) => range[i] ?? [])
    .filter((point) => point.value !== undefined && breaches(point.value, threshold) === alarm)
    .reverse();
  const values = decisive
    .map((point) => `${javaDouble(point.value ?? 0)} (${shortTime(point.start)})`)
    .join(', ');
  const least = alarm ? m : n - m + 1;
  return (
    `Threshold Crossed: ${decisive.length} out of the last ${real} datapoints [${values}] ${were(decisive.length)} ` +
    `${alarm ? '' : 'not '}${words} the threshold (${javaDouble(threshold)}) ` +
    `(minimum ${datapoints(least)} for ${alarm ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`
  );
}

/** The machine-readable half (`StateReasonData`, version 1.0). Evaluated datapoints come newest first. */
export function stateReasonData(
  settings: AlarmSettings,
  verdict: Verdict,
  range: readonly Measured[],
  now: Date,
): string {
  const considered = verdict.considered.flatMap((i) => range[i] ?? []);
  const [oldest] = considered;
  const evaluated = considered.length > 0 ? considered : range.slice(-settings.evaluationPeriods);
  return JSON.stringify({
    version: '1.0',
    queryDate: offsetTime(now),
    ...(oldest && { startDate: offsetTime(new Date(oldest.start)) }),
    ...(settings.unit && { unit: settings.unit }),
    statistic: settings.statistic,
    period: settings.period,
    recentDatapoints: considered.map((point) => point.value),
    threshold: settings.threshold,
    evaluatedDatapoints: evaluated.toReversed().map((point) => ({
      timestamp: offsetTime(new Date(point.start)),
      ...(point.value !== undefined && { sampleCount: point.samples, value: point.value }),
    })),
  });
}
