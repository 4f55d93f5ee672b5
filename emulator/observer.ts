import type { CallRecord } from './wire/exchange.ts';

/** What a watcher sees while the emulator works, e.g. to narrate it or to count calls. */
export type Observed =
  | { readonly kind: 'call'; readonly at: Date; readonly call: CallRecord }
  /** CloudWatch notifies a topic that an alarm has changed. */
  | {
      readonly kind: 'alarm';
      readonly at: Date;
      readonly topicArn: string;
      readonly subject: string;
      readonly message: string;
    }
  | { readonly kind: 'log'; readonly at: Date; readonly group: string; readonly message: string };

export type Observer = (observed: Observed) => void;
