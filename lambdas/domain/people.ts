import * as z from 'zod';
import type { Severity } from './decision.ts';

/** Who is called, in which order, and how long each has: section 11 of the runbook, as configuration. */

export const RECIPIENTS = ['sre', 'finops', 'lead', 'management'] as const;
export const Recipient = z.enum(RECIPIENTS);
export type Recipient = z.infer<typeof Recipient>;

const Rung = z.array(Recipient).min(1);

const ladder = (acknowledgeMinutes: number, first: Recipient[]) =>
  z
    .strictObject({
      acknowledgeMinutes: z
        .int()
        .min(1)
        .max(10_080)
        .default(acknowledgeMinutes)
        .describe('minutes to acknowledge, on each rung'),
      rungs: z
        .array(Rung)
        .min(1)
        .default([first, ['lead'], ['management']])
        .describe('whom to call, one rung after the other'),
    })
    .prefault({});

const hours = (fallback: number, what: string) => z.int().min(1).max(8_760).default(fallback).describe(what);

/** Its secret holds `email` and `token`, as JSON. */
export const Jira = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('base URL, such as https://example.atlassian.net'),
  project: z.string().regex(/^[A-Z][A-Z0-9_]+$/, "a project's key"),
  issueType: z.string().min(1).default('Incident'),
  secretArn: z.string().min(1),
});
export type Jira = z.infer<typeof Jira>;

export const People = z.strictObject({
  ladders: z
    .strictObject({
      'SEV-1': ladder(15, ['sre', 'finops']),
      'SEV-2': ladder(60, ['sre']),
      'SEV-3': ladder(240, ['sre']),
      'SEV-4': ladder(1_440, ['sre']),
    })
    .prefault({}),
  raiseAfter: z
    .strictObject({
      'SEV-4': hours(72, 'hours until SEV-3'),
      'SEV-3': hours(24, 'hours until SEV-2'),
      'SEV-2': hours(24, 'hours until SEV-1'),
    })
    .prefault({}),
  /** People are notified once for all alarms that join an incident in this time. */
  stormMinutes: z.int().min(1).max(60).default(5).describe('minutes in which joining alarms are counted'),
  linkHours: z.int().min(1).max(168).default(24).describe('hours that a link to acknowledge is good'),
  postmortem: z
    .strictObject({
      remindHours: hours(36, 'hours after which an unsigned postmortem is reminded of'),
      escalateHours: hours(48, 'hours after which it is escalated'),
    })
    .prefault({}),
  jira: Jira.optional(),
});
export type People = z.infer<typeof People>;

/** The next higher severity, and after how many hours an open incident gets it; none above SEV-1. */
export function raiseOf(
  severity: Severity,
  people: People,
): { to: Severity; afterHours: number } | undefined {
  switch (severity) {
    case 'SEV-1':
      return undefined;
    case 'SEV-2':
      return { to: 'SEV-1', afterHours: people.raiseAfter['SEV-2'] };
    case 'SEV-3':
      return { to: 'SEV-2', afterHours: people.raiseAfter['SEV-3'] };
    case 'SEV-4':
      return { to: 'SEV-3', afterHours: people.raiseAfter['SEV-4'] };
  }
}
