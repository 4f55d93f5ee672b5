import type { CallRecord } from '../emulator/wire/exchange.ts';

/** What can be watched while the sandbox works: for narrating, and for tests that count calls. */
export type Observed =
  | { readonly kind: 'call'; readonly at: Date; readonly call: CallRecord }
  /** CloudWatch tells a topic of an alarm's change. */
  | {
      readonly kind: 'alarm';
      readonly at: Date;
      readonly topicArn: string;
      readonly subject: string;
      readonly message: string;
    }
  | { readonly kind: 'log'; readonly at: Date; readonly group: string; readonly message: string };

export type Observer = (observed: Observed) => void;
