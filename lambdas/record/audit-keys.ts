import type { Outcome } from '../domain/outcome.ts';
import type { Severity } from '../domain/decision.ts';
import { messageName, type EscalationMessage, type Receipt } from '../domain/escalation-message.ts';

/** Keys of entries in an incident's audit chain: compared whole, never parsed. */
export const auditKey = {
  opened: (episode: number): string => `opened/${episode}`,
  joined: (run: string): string => `joined/${run}`,
  raised: (episode: number, severity: Severity): string => `raised/${episode}/${severity}`,
  acknowledged: (episode: number, severity: Severity): string => `acknowledged/${episode}/${severity}`,
  resolved: (episode: number): string => `resolved/${episode}`,
  tracked: (episode: number): string => `jira/${episode}`,
  told: (episode: number, message: EscalationMessage, recipient: string, receipt: Receipt): string =>
    `told/${episode}/${messageName(message)}/${recipient}/${receipt}`,
  ended: (run: string): string => `ended/${run}`,
};

/** The kind of the entry about a breaker that has opened; its object is the playbook, as in a person's order. */
export const BREAKER_OPENED = 'breaker.opened';

/** The kind of the entry about a plan's intent or end. */
export const remediationKind = (what: 'intended' | Outcome): string => `remediation.${what}`;
