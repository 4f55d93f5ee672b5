import { AwsError } from '../kernel/service.ts';
import type { Functions, FunctionSpec } from './functions.ts';

/** Of the account's executions at a time so many stay for functions without a reservation, or all where it has fewer. */
const LEAST_UNRESERVED = 100;

/** Executions at a time: of a function with a reservation its own, of all others what the account has left. */
export class Concurrency {
  /** Of all functions together: AWS's default; a new account has 10. */
  account = 1_000;
  private readonly functions: Functions;
  private readonly inFlight = new Map<string, number>();
  private readonly onThrottle: (functionName: string) => void;

  constructor(functions: Functions, onThrottle: (functionName: string) => void) {
    this.functions = functions;
    this.onThrottle = onThrottle;
  }

  /** @returns to be called when the execution ends; undefined: there is no room */
  enter({
    name,
    reservedConcurrency,
  }: Pick<FunctionSpec, 'name' | 'reservedConcurrency'>): (() => void) | undefined {
    const own = this.inFlight.get(name) ?? 0;
    const room =
      reservedConcurrency === undefined
        ? this.unreservedInFlight() < this.account - this.reserved()
        : own < reservedConcurrency;
    if (!room) {
      this.onThrottle(name);
      return undefined;
    }
    this.inFlight.set(name, own + 1);
    return () => this.inFlight.set(name, (this.inFlight.get(name) ?? 1) - 1);
  }

  /** @throws AwsError InvalidParameterValueException when too little would be left to all others */
  refuseReservation(wanted: number): void {
    const least = Math.min(LEAST_UNRESERVED, this.account);
    if (this.account - this.reserved() - wanted >= least) return;
    throw new AwsError(
      'InvalidParameterValueException',
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
      400,
    );
  }

  reserved(): number {
    return this.functions.all().reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  }

  private unreservedInFlight(): number {
    return this.functions
      .all()
      .filter(({ reservedConcurrency }) => reservedConcurrency === undefined)
      .reduce((sum, { name }) => sum + (this.inFlight.get(name) ?? 0), 0);
  }
}

/** An event that finds no room is tried again after 1 second, and later after up to 5 minutes. */
export const throttledMs = (times: number): number => Math.min(1_000 * 2 ** times, 300_000);

export const throttled = (): AwsError => new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
