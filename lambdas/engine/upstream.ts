import { upstreamOf, type Link } from '../catalog/playbooks/chain.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import { periodState } from '../catalog/probes/period-state.ts';
import { offByConfiguration } from '../platform/settings.ts';
import { runProbes, type ProbeContext } from './run-probes.ts';
import type { EvidenceBody } from '../domain/run-record.ts';
import type { Target } from '../domain/run-request.ts';

/** The first unhealthy link before a playbook's own: this fault is its symptom. */
export interface UpstreamFault {
  readonly link: string;
  readonly playbook: string;
  readonly target: Target;
  /** What its recovery check says, with figures. */
  readonly tell: string;
}

export interface Upstream {
  readonly fault: UpstreamFault | undefined;
  /** What was found healthy, for the record. */
  readonly healthy: readonly string[];
  readonly evidenceSets: readonly EvidenceBody[];
}

/**
 * Checks the chain, from its beginning, for a link that is unhealthy for the target's period. What is off in the
 * configuration is not there to be asked.
 * @throws when a probe does not answer: then the cause is unknown
 */
export async function checkUpstream(
  playbook: string,
  target: Target,
  now: Date,
  probing: ProbeContext,
): Promise<Upstream> {
  const healthy: string[] = [];
  const evidenceSets: EvidenceBody[] = [];
  const period = target['period'];
  if (period === undefined) return { fault: undefined, healthy, evidenceSets };
  const links = upstreamOf(playbook).filter(
    ({ playbook: id }) => offByConfiguration(id, probing.settings) === undefined,
  );
  for (const { name: link, playbook: id } of await changeable(links, period, now, probing)) {
    const upstream = playbookById(id);
    if (!upstream) throw new TypeError(`the chain names playbook "${id}", which there is not`);
    const set = `upstream-${link}`;
    const about = { target: { period }, now };
    const asked = upstream.asCause ?? upstream.recovery;
    const { finding, sealed } = await runProbes(asked.probes, set, about, probing);
    evidenceSets.push(...sealed);
    const { healthy: isHealthy, summary: tell } = asked.check(finding, about);
    if (!isHealthy) {
      const fault = { link, playbook: id, target: { period }, tell };
      return { fault, healthy, evidenceSets };
    }
    healthy.push(link);
  }
  return { fault: undefined, healthy, evidenceSets };
}

async function changeable(
  links: readonly Link[],
  period: string,
  now: Date,
  { settings, tools }: ProbeContext,
): Promise<readonly Link[]> {
  if (links.length === 0) return links;
  const { value } = await periodState.run({ target: { period }, now, settings, tools });
  // There is nothing to ask about a month that the ledger does not know.
  if (value === 'unknown') return [];
  return value === 'closed' ? links.filter(({ frozenWhenClosed }) => !frozenWhenClosed) : links;
}
