import fc, { type AsyncCommand } from 'fast-check';
import type { World } from './world.ts';

/** What of a sequence may be known before it is carried out: nothing. Whether a step makes sense is asked of the world. */
export type Nothing = Record<string, never>;

/** One kind of thing that happens to the responder. */
export interface StepKind<Params> {
  /** As it is counted. */
  readonly name: string;
  readonly weight: number;
  readonly params: fc.Arbitrary<Params>;
  /** @returns false when there was nothing to do it to: then it is not counted */
  readonly run: (world: World, params: Params) => Promise<boolean | void>;
}

export class Step<Params> implements AsyncCommand<Nothing, World> {
  private readonly kind: StepKind<Params>;
  private readonly params: Params;

  constructor(kind: StepKind<Params>, params: Params) {
    this.kind = kind;
    this.params = params;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Nothing, world: World): Promise<void> {
    const { name, run } = this.kind;
    const did = await run(world, this.params);
    await world.sandbox.clock.idle();
    if (did !== false) world.counts.add('tried', name);
    await world.check();
  }

  toString(): string {
    return `${this.kind.name} ${JSON.stringify(this.params)}`;
  }
}

/** Forgets the parameters' type, for the list of all kinds. */
export const stepKind = <Params>(kind: StepKind<Params>): fc.WeightedArbitrary<Step<unknown>> => ({
  weight: kind.weight,
  arbitrary: kind.params.map((params) => new Step(kind, params) as Step<unknown>),
});

export const noParams = fc.constant({});
