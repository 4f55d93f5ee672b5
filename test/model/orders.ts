/** From when until when something held that forbids acting, in the sandbox's time. */
export interface Span {
  /** What it is of: `all` or a playbook, a month, an alarm, `ledger`. */
  readonly of: string;
  readonly from: Date;
  until?: Date;
}

/**
 * What the model itself has ordered and done, by its own word: not what the responder remembers of it. All that
 * forbids acting is a span.
 */
export class Orders {
  readonly off: Span[] = [];
  readonly closed: Span[] = [];
  readonly muted: Span[] = [];
  /** A guard cannot be asked: `ledger` and `switch` of any run, `alarm` of those that an alarm has started. */
  readonly blind: Span[] = [];
  /** Approvals that were sent, whatever came of them. */
  readonly approvals: { readonly id: string; readonly person: string; readonly plan: string }[] = [];
  readonly refusals: string[] = [];
  readonly resets: { readonly playbook: string; readonly at: Date }[] = [];

  begin(spans: Span[], of: string, from: Date): void {
    if (!this.holds(spans, of)) spans.push({ of, from });
  }

  end(spans: Span[], of: string, until: Date): void {
    for (const span of spans) if (span.of === of && span.until === undefined) span.until = until;
  }

  holds(spans: readonly Span[], of: string): boolean {
    return spans.some((span) => span.of === of && span.until === undefined);
  }
}

/** Whether it held from before `prepared` until `sent`: then no call can have been on its way already. */
export const heldThroughout = (
  spans: readonly Span[],
  of: readonly string[],
  prepared: Date,
  sent: Date,
): Span | undefined =>
  spans.find(
    ({ of: what, from, until }) =>
      of.includes(what) && from < prepared && (until === undefined || until > sent),
  );
