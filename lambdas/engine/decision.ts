/** SEV-1 (15 minutes to acknowledge) to SEV-4 (1 day): section 11 of the runbook. */
export const SEVERITIES = ['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4'] as const;
export type Severity = (typeof SEVERITIES)[number];
