import { upstreamOf, type Link } from '../catalog/playbooks/chain.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import { periodState } from '../catalog/probes/period-state.ts';
import { takeLooks, type Looking } from './diagnose.ts';
import type { Target } from '../domain/run-request.ts';

/** The first unhealthy link before a playbook's own. */
export interface Cause {
  readonly link: string;
  readonly playbook: string;
  readonly target: Target;
  /** Its own recovery look, in figures. */
  readonly tell: string;
}

export interface Upstream {
  readonly cause: Cause | undefined;
  /** What was found healthy, for the record. */
  readonly healthy: readonly string[];
  /** Phases whose evidence was kept. */
  readonly phases: readonly string[];
}

/**
 * Looks along the chain, from its beginning, for a link that is unhealthy for the target's period.
 * @throws when a look does not answer: then nobody knows the cause
 */
export async function lookUpstream(
  playbook: string,
  target: Target,
  now: Date,
  looking: Looking,
): Promise<Upstream> {
  const healthy: string[] = [];
  const phases: string[] = [];
  const period = target['period'];
  if (period === undefined) return { cause: undefined, healthy, phases };
  for (const link of await changeable(upstreamOf(playbook), period, now, looking)) {
    const upstream = playbookById(link.playbook);
    if (!upstream) throw new TypeError(`the chain names playbook "${link.playbook}", which there is not`);
    const phase = `upstream-${link.name}`;
    const { finding } = await takeLooks(
      upstream.recovery.probes,
      phase,
      { target: { period }, now, tolerant: false },
      looking,
    );
    phases.push(phase);
    const recovery = upstream.recovery.check(finding, { target: { period }, now });
    if (!recovery.healthy) {
      const cause = { link: link.name, playbook: link.playbook, target: { period }, tell: recovery.summary };
      return { cause, healthy, phases };
    }
    healthy.push(link.name);
  }
  return { cause: undefined, healthy, phases };
}

async function changeable(
  links: readonly Link[],
  period: string,
  now: Date,
  { settings, tools }: Looking,
): Promise<readonly Link[]> {
  if (links.length === 0) return links;
  const { value } = await periodState.run({ target: { period }, now, settings, tools });
  // Of a month that the ledger does not know there is nothing to ask.
  if (value === 'unknown') return [];
  return value === 'closed' ? links.filter(({ frozenWhenClosed }) => !frozenWhenClosed) : links;
}
