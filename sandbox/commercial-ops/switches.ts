import type { Collection, Store } from '../../emulator/kernel/store.ts';

/** How a part of Commercial-Ops misbehaves until it is switched back; kept, so that a restart does not repair it. */
export type Misbehaviour =
  /** A job throws this, and leaves a failed run. */
  | { readonly kind: 'fail'; readonly message: string; readonly errorType?: string }
  /** A job says that it completed, and has done nothing. */
  | { readonly kind: 'noop' }
  /** A job does its work and keeps it, and then reports this failure. */
  | { readonly kind: 'report-failure'; readonly message: string }
  /** A job takes so many minutes; with `alone` it fails when another run of it is at work. */
  | { readonly kind: 'slow'; readonly minutes: number; readonly alone?: boolean }
  /** A writer of logs is silent. */
  | { readonly kind: 'silent' };

export class Switches {
  private readonly kept: Collection<Misbehaviour>;

  constructor(store: Pick<Store, 'collection'>) {
    this.kept = store.collection<Misbehaviour>('commercial-ops.misbehaviour');
  }

  of(part: string): Misbehaviour | undefined {
    return this.kept.get(part);
  }

  async set(part: string, behaviour: Misbehaviour | undefined): Promise<void> {
    if (behaviour) await this.kept.put(part, behaviour);
    else await this.kept.delete(part);
  }
}
