/**
 * Replaces the process's `Date` by one that runs ahead of the machine, so that a function sees the sandbox's
 * time. `performance.now` and timers stay real: a function measures and sleeps in real milliseconds.
 * @returns sets by how many milliseconds `Date` is ahead
 */
export function installShiftedDate(initialOffset = 0): (offset: number) => void {
  const MachineDate = globalThis.Date;
  let offsetMs = initialOffset;
  const now = (): number => MachineDate.now() + offsetMs;

  // A function, not a class: `Date()` without `new` is legal and yields a string.
  function SandboxDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new MachineDate(now()).toString();
    return Reflect.construct(MachineDate, args.length === 0 ? [now()] : args, new.target);
  }
  Object.setPrototypeOf(SandboxDate, MachineDate);
  Object.defineProperty(SandboxDate, 'name', { value: 'Date' });
  Object.defineProperty(SandboxDate, 'length', { value: MachineDate.length });
  SandboxDate.prototype = MachineDate.prototype;
  SandboxDate.now = now;
  MachineDate.prototype.constructor = SandboxDate;
  globalThis.Date = SandboxDate as unknown as DateConstructor;

  return (offset) => {
    offsetMs = offset;
  };
}
