import * as fc from 'fast-check';
import { auditEvents } from '../../../lambdas/catalog/playbooks/audit-events.ts';
import type { AuditTrail } from '../../../lambdas/catalog/probes/audit-trail.ts';
import type { LogErrors } from '../../../lambdas/catalog/probes/log-probe.ts';
import { decidesSoundly } from './properties.ts';

const now = new Date('2026-11-23T14:00:00Z');
const log: LogErrors = {
  exists: true,
  lines: 6,
  last: '2026-11-23T13:50:00.000Z',
  errors: 0,
  accessDenied: 0,
  newest: null,
};
const trail: AuditTrail = { events: 4, newest: '2026-11-23T13:00:00.000Z', acted: 2, unaudited: [] };
interface Change {
  log?: Partial<LogErrors>;
  trail?: Partial<AuditTrail>;
}
const finding = (change: Change) => ({
  log: { ...log, ...change.log },
  trail: { ...trail, ...change.trail },
});
const decide = (change: Change) => auditEvents.decide(finding(change), { target: {}, now });

const nothing = { events: 0, newest: null, acted: 0 };
const table: [string, Change, string, string, string | undefined, RegExp][] = [
  ['written', {}, 'leave', 'written', undefined, /6 lines .* none of 2 runs/],
  [
    'written, with nothing to write',
    { trail: nothing },
    'leave',
    'written',
    undefined,
    /6 lines .* none of 0 runs/,
  ],
  [
    'silent log',
    { log: { lines: 0, last: null } },
    'escalate',
    'log-silent',
    'SEV-3',
    /4 events .*2026-11-23T13:00/,
  ],
  [
    'silent log, events of an unknown time',
    { log: { lines: 0 }, trail: { newest: null } },
    'escalate',
    'log-silent',
    'SEV-3',
    /\?$/,
  ],
  ['no log', { log: { exists: false, lines: 0 } }, 'escalate', 'log-silent', 'SEV-3', /does not exist/],
  ['all silent', { log: { lines: 0 }, trail: nothing }, 'escalate', 'all-silent', 'SEV-2', /0 events/],
  [
    'the writer fails',
    { log: { errors: 2, newest: 'AccessDenied' } },
    'escalate',
    'writer-fails',
    'SEV-2',
    /2 errors .*AccessDenied/,
  ],
  ['the writer fails namelessly', { log: { errors: 2 } }, 'escalate', 'writer-fails', 'SEV-2', /unknown/],
  ['not written', { trail: { unaudited: ['a'] } }, 'escalate', 'not-written', 'SEV-1', /^1 of 2 runs .*: a$/],
  [
    'many not written',
    { log: { lines: 0 }, trail: { acted: 5, unaudited: ['a', 'b', 'c', 'd', 'e'] } },
    'escalate',
    'not-written',
    'SEV-1',
    /: a, b, c and 2 more$/,
  ],
];

test.each(table)('%s', (_name, change, kind, branch, severity, why) => {
  const decision = decide(change);
  expect(decision).toMatchObject({ kind, branch, ...(severity && { severity }) });
  expect(decision.why).toMatch(why);
  // What the second look says agrees with the decision.
  expect(auditEvents.recovery.check(finding(change), { target: {}, now }).healthy).toBe(kind === 'leave');
});

test('every row of the table is reached', () => {
  expect([...new Set(table.map(([, , , branch]) => branch))].sort()).toEqual(
    Object.keys(auditEvents.branches).sort(),
  );
  expect(auditEvents.targetOf({ name: '', changedAt: now })).toEqual({});
});

decidesSoundly(auditEvents, {
  finding: fc.record({
    log: fc.record({
      exists: fc.boolean(),
      lines: fc.nat(9),
      last: fc.constant(null),
      errors: fc.nat(2),
      accessDenied: fc.nat(2),
      newest: fc.constantFrom(null, 'AccessDenied'),
    }),
    trail: fc.record({
      events: fc.nat(3),
      newest: fc.constantFrom(null, now.toISOString()),
      acted: fc.nat(5),
      unaudited: fc.array(fc.string(), { maxLength: 5 }),
    }),
  }),
  target: {},
  mayNotAct: () => true,
  cites: ({ log, trail }) => [log.lines, log.errors, trail.events, trail.unaudited.length].map(String),
});
