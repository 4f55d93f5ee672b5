import type { ClockReading } from '../kernel/clock.ts';

/**
 * Replaces the process's `Date` by one with the emulator's time: it stands still while a function
 * works, as the clock does. `performance.now` and timers stay real: a function measures and sleeps
 * in real milliseconds.
 * @returns sets it to another reading of the clock
 */
export function installShiftedDate(initial: ClockReading): (reading: ClockReading) => void {
  const MachineDate = globalThis.Date;
  let reading = initial;
  const now = (): number => ('stands' in reading ? reading.stands : MachineDate.now() + reading.ahead);

  // A function, not a class: `Date()` without `new` is legal and yields a string.
  function VirtualDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new MachineDate(now()).toString();
    return Reflect.construct(MachineDate, args.length === 0 ? [now()] : args, new.target);
  }
  Object.setPrototypeOf(VirtualDate, MachineDate);
  Object.defineProperty(VirtualDate, 'name', { value: 'Date' });
  Object.defineProperty(VirtualDate, 'length', { value: MachineDate.length });
  VirtualDate.prototype = MachineDate.prototype;
  VirtualDate.now = now;
  MachineDate.prototype.constructor = VirtualDate;
  globalThis.Date = VirtualDate as unknown as DateConstructor;

  return (next) => {
    reading = next;
  };
}
