import * as z from 'zod';
import { SEVERITIES, type Severity } from './decision.ts';

/** Who is called, in which order, and how long each has: section 11 of the runbook, as configuration. */

export const RECIPIENTS = ['sre', 'finops', 'lead', 'management'] as const;
export const Recipient = z.enum(RECIPIENTS);
export type Recipient = z.infer<typeof Recipient>;

const Rung = z.array(Recipient).min(1);

const ladder = (acknowledgeMinutes: number, rungs: Recipient[][], repeat: number | 'until acknowledged') =>
  z
    .strictObject({
      acknowledgeMinutes: z
        .int()
        .min(1)
        .max(10_080)
        .default(acknowledgeMinutes)
        .describe('minutes to acknowledge, at each level'),
      rungs: z.array(Rung).min(1).default(rungs).describe('people to call, one level after the other'),
      repeat: z
        .union([z.int().min(0).max(100), z.literal('until acknowledged')])
        .default(repeat)
        .describe('how often all levels are called again while nobody acknowledges'),
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

const pager = {
  /** In the record. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,31}$/, '2 to 32 characters a-z, 0-9 and "-", such as "grafana"')
    .refine((name) => !NAMES_OF_OTHERS.includes(name), { error: 'a name that no topic and no task has' }),
  secretArn: z.string().min(1),
  lowestSeverity: z.enum(SEVERITIES).default('SEV-4').describe('incidents below it are not sent'),
};
const NAMES_OF_OTHERS: readonly string[] = [...RECIPIENTS, 'jira', 'postmortem'];
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';

/** A service that has the rota and calls people by telephone. It is sent events beside all messages. */
export const Pager = z.discriminatedUnion('kind', [
  /** Events API v2. Its secret holds `routingKey`, as JSON. */
  z.strictObject({
    kind: z.literal('pagerduty'),
    url: z.url({ protocol: /^https?$/ }).default(PAGERDUTY),
    ...pager,
  }),
  /** Any other. Its secret holds `secret`, which signs, and where the service wants one, `authorization`. */
  z.strictObject({ kind: z.literal('webhook'), url: z.url({ protocol: /^https?$/ }), ...pager }),
]);
export type Pager = z.infer<typeof Pager>;

/**
 * What a person may order. `look` reads, `operate` starts, stops and acknowledges, `approve` decides on plans and
 * confirms what another person has ordered, `administer` sets trust, resumes and resets.
 */
export const VERBS = ['look', 'operate', 'approve', 'administer'] as const;
export const Verb = z.enum(VERBS);
export type Verb = z.infer<typeof Verb>;

const USER = /^arn:[\w-]+:iam::\d{12}:user\/.+$/;
const SESSION = /^arn:[\w-]+:sts::\d{12}:assumed-role\/(?<role>[\w+=,.@-]+\*?)\/(?<name>[\w+=,.@-]+)$/;
/** Identity Center makes a role for each permission set, and names sessions after users. */
export const IDENTITY_CENTER = /^AWSReservedSSO_[\w+=,.@-]+_(?:[0-9a-f]{16}|\*)$/;

/** The role and name in a session's ARN. */
export const sessionOf = (arn: string): { role: string; name: string } | undefined =>
  SESSION.exec(arn)?.groups as { role: string; name: string } | undefined;

const Arn = z.string().refine((arn) => USER.test(arn) || SESSION.test(arn), {
  error:
    'the ARN of an IAM user (arn:aws:iam::111122223333:user/ada) or of a session named after its person (arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sre_*/ada@example.com)',
});

/** One person, with all ARNs that AWS has for them. */
export const Commander = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a short name in lower case, such as "ada"'),
  arns: z.array(Arn).min(1),
  may: z.array(Verb).min(1),
  /**
   * For roles other than Identity Center's: their trust policies fix `sts:RoleSessionName` to the
   * person's own.
   */
  sessionNames: z.literal('enforced').optional(),
});
export type Commander = z.infer<typeof Commander>;

const Commanders = z.array(Commander).superRefine((commanders, context) => {
  const refuse = (at: number, key: string, message: string) =>
    context.addIssue({ code: 'custom', path: [at, key], message });
  const names = new Set<string>();
  const owners = new Map<string, string>();
  commanders.forEach(({ name, arns, sessionNames }, at) => {
    if (names.has(name)) refuse(at, 'name', `a name that nobody else has: ${name} is listed twice`);
    names.add(name);
    for (const arn of arns) {
      const key = sameArn(arn);
      const owner = owners.get(key);
      if (owner !== undefined) refuse(at, 'arns', `${arn} of one person only; ${owner} has it as well`);
      owners.set(key, name);
      const { role } = sessionOf(arn) ?? {};
      if (role === undefined || IDENTITY_CENTER.test(role)) continue;
      if (role.endsWith('*'))
        refuse(at, 'arns', `"*" at the end of an Identity Center role only, not of ${role}`);
      if (sessionNames !== 'enforced')
        refuse(
          at,
          'sessionNames',
          `"enforced", because people choose the session names of ${role} unless its trust policy forbids it; otherwise list an IAM user or an Identity Center session`,
        );
    }
  });
});

/** `Ada` and `ada` are one person: names differ in more than case. */
export const sameArn = (arn: string): string => {
  const session = sessionOf(arn);
  return session ? arn.slice(0, -session.name.length) + session.name.toLowerCase() : arn;
};

export const People = z.strictObject({
  /** Nobody else may command the responder, whatever AWS allows. */
  commanders: Commanders.default([]).describe('people who may command the responder'),
  ladders: z
    .strictObject({
      'SEV-1': ladder(15, [['sre', 'finops'], ['lead'], ['management']], 'until acknowledged'),
      'SEV-2': ladder(60, [['sre'], ['lead'], ['management']], 3),
      'SEV-3': ladder(240, [['sre'], ['lead']], 0),
      'SEV-4': ladder(1_440, [['sre'], ['lead']], 0),
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
  pagers: z
    .array(Pager)
    .max(5)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'a name of its own for each pager',
    })
    .default([])
    .describe('services that are sent each incident as an event'),
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
