import { readdirSync, readFileSync } from 'node:fs';

/** Of Linux, on every architecture that Node runs on. */
const TICKS_A_SECOND = 100;

/** The fields of `/proc/<pid>/stat` after the program's name, which may contain anything. */
function fieldsOf(pid: number | 'self'): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    // It has ended, or the machine has no /proc.
    return undefined;
  }
}

const seconds = (fields: readonly string[] | undefined, of: readonly number[]): number =>
  of.reduce((sum, i) => sum + Number(fields?.[i] ?? NaN), 0) / TICKS_A_SECOND;

/** Seconds of CPU of all processes that this one has started and that have ended; NaN without /proc. */
export const childrenCpuSeconds = (): number => seconds(fieldsOf('self'), [13, 14]);

/** Seconds of CPU of a process and its children, ended or not; NaN without /proc. */
export function treeCpuSeconds(pid: number): number {
  const own = seconds(fieldsOf(pid), [11, 12, 13, 14]);
  if (Number.isNaN(own)) return NaN;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => fieldsOf(Number(name)))
    .filter((fields) => fields?.[1] === String(pid));
  return children.reduce((sum, fields) => sum + seconds(fields, [11, 12]), own);
}

/** NaN when it has ended, or without /proc. */
export const parentOf = (pid: number): number => Number(fieldsOf(pid)?.[1] ?? NaN);
