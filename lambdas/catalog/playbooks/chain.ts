/**
 * The links of the billing chain, cause before symptom: while a link is unhealthy, the playbooks of those after it do
 * not act. Whether a link is healthy is what its own playbook's recovery look says.
 */
export interface Link {
  readonly name: string;
  /** The playbook that repairs it. */
  readonly playbook: string;
  /** Of a closed period this link's figures are frozen: they can be nobody's cause any more. */
  readonly frozenWhenClosed: boolean;
}

export const chain: readonly Link[] = [
  { name: 'costs', playbook: 'cur-freshness', frozenWhenClosed: true },
  { name: 'allocation', playbook: 'allocation-variance', frozenWhenClosed: true },
  { name: 'reconciliation', playbook: 'recon-failed', frozenWhenClosed: false },
  { name: 'invoices', playbook: 'invoice-lag', frozenWhenClosed: false },
];

/** The links before the playbook's own, first cause first; none for a playbook outside the chain. */
export function upstreamOf(playbook: string): readonly Link[] {
  const place = chain.findIndex((link) => link.playbook === playbook);
  return place < 0 ? [] : chain.slice(0, place);
}
