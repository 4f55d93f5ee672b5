/**
 * The billing chain, cause before symptom: while a link is unhealthy by its own playbook's recovery
 * check, playbooks of later links do not act.
 */
export interface Link {
  readonly name: string;
  /** The playbook that repairs it. */
  readonly playbook: string;
  /** A closed period's figures are frozen: they can no longer be a cause. */
  readonly frozenWhenClosed: boolean;
}

export const chain: readonly Link[] = [
  { name: 'costs', playbook: 'cur-freshness', frozenWhenClosed: true },
  { name: 'allocation', playbook: 'allocation-variance', frozenWhenClosed: true },
  { name: 'reconciliation', playbook: 'recon-failed', frozenWhenClosed: false },
  { name: 'invoices', playbook: 'invoice-lag', frozenWhenClosed: false },
];

/** Playbooks beside the chain that work on the figures of its first links: how many. */
const BESIDE: Readonly<Record<string, number>> = { 'tag-coverage-drop': 1 };

/** The links before the playbook's own, first cause first; none outside the chain. */
export function upstreamOf(playbook: string): readonly Link[] {
  const place = chain.findIndex((link) => link.playbook === playbook);
  return chain.slice(0, place < 0 ? (BESIDE[playbook] ?? 0) : place);
}
