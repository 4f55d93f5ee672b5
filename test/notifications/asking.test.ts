import type { Links } from '../../lambdas/notifications/acknowledge-link.ts';
import type { Severity } from '../../lambdas/domain/decision.ts';
import {
  askingLines,
  askingOf,
  type AskingDependencies,
} from '../../lambdas/notifications/call-to-action.ts';
import { deadlineOf, levelsOf } from '../../lambdas/domain/ladder.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { EscalationMessage } from '../../lambdas/domain/escalation-message.ts';
import { episodeState, putTold } from '../../lambdas/record/calls.ts';
import { acknowledge, closeIncident } from '../../lambdas/record/incidents.ts';
import { openRun } from '../../lambdas/record/write.ts';
import { bootLedger } from '../support/ledger.ts';
import { minute, opening } from '../support/runs.ts';
import { exampleSettings } from '../support/settings.ts';

const ledger = bootLedger();
// What a message must go without is logged.
beforeEach(() => jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

const settings = exampleSettings();
const links: Links = {
  to: async ({ incident, episode, recipient }) =>
    `https://page.example/?t=${incident}.${episode}.${recipient}`,
};
const world = (at: string, change: Partial<AskingDependencies> = {}): AskingDependencies => ({
  settings,
  pool: () => ledger.responder,
  now: () => new Date(at),
  links,
  ...change,
});

/** SEV-3, open since 14:00: four hours to acknowledge. */
let next = 0;
async function incident(): Promise<string> {
  next += 1;
  const opened = await openRun(
    ledger.responder,
    opening(`asking-${next}`, 0, { target: { period: `2026-${String(next).padStart(2, '0')}` } }),
  );
  return opened.incident;
}

test('the command, the link of whoever reads it, and by when', async () => {
  const id = await incident();
  expect(await askingLines({ incident: id, recipient: 'finops' }, world(minute(6)))).toEqual([
    'Who has it:     nobody yet',
    'Acknowledge:    by 23 Nov 2026 18:00 UTC, in 3 hours 54 minutes, or lead is called',
    `  npm run respond -- ack ${id}`,
    `Or open: https://page.example/?t=${id}.1.finops`,
  ]);
});

test('what the message says is graver counts from now, also for whoever acknowledged less', async () => {
  const id = await incident();
  await transaction(ledger.responder, (client) =>
    acknowledge(client, id, { by: 'ada', at: minute(3), how: 'test' }),
  );
  expect(await askingLines({ incident: id, recipient: 'sre' }, world(minute(6)))).toEqual([
    'Who has it:     ada, since 23 Nov 2026 14:03 UTC; nobody else is called',
  ]);
  expect(
    await askingOf({ incident: id, recipient: 'sre', severity: 'SEV-2' }, world(minute(6))),
  ).toMatchObject({
    severity: 'SEV-2',
    by: minute(66),
    command: `npm run respond -- ack ${id}`,
  });
});

test('once it is resolved nothing is asked', async () => {
  const id = await incident();
  await transaction(ledger.responder, (client) =>
    closeIncident(client, id, { by: { person: 'ada' }, at: minute(5), why: 'over' }),
  );
  const asking = await askingOf({ incident: id, recipient: 'sre' }, world(minute(6)));
  expect(asking.lines).toEqual(['Resolved:       23 Nov 2026 14:05 UTC by ada']);
  expect(asking).not.toHaveProperty('command');
});

test('Jira: the issue, or since when it is tried', async () => {
  const id = await incident();
  const last = async () => (await askingLines({ incident: id, recipient: 'sre' }, world(minute(6)))).at(-1);
  await ledger.admin.query(
    `insert into responder.told (incident_id, episode, kind, recipient, due_at, tries, tried_at, why) values ($1, 1, 'jira', 'jira', $2, 3, $2, '503')`,
    [id, minute(1)],
  );
  expect(await last()).toBe('Jira: does not answer since 23 Nov 2026 14:01 UTC; retried');
  await ledger.admin.query(
    `update responder.episode set jira_key = 'OPS-7', jira_url = 'https://jira.example/browse/OPS-7' where incident_id = $1`,
    [id],
  );
  expect(await last()).toBe('Jira: https://jira.example/browse/OPS-7');
});

test('without the key there is no link; without the ledger, or before the record, there is the command', async () => {
  const id = await incident();
  const broken: Links = { to: async () => Promise.reject(new Error('no key')) };
  const command = `npm run respond -- ack ${id}`;
  expect(await askingLines({ incident: id, recipient: 'sre' }, world(minute(6), { links: broken }))).toEqual([
    'Who has it:     nobody yet',
    'Acknowledge:    by 23 Nov 2026 18:00 UTC, in 3 hours 54 minutes, or lead is called',
    `  ${command}`,
  ]);
  const away = (): never => {
    throw new Error('connect ECONNREFUSED');
  };
  expect(await askingLines({ incident: id, recipient: 'sre' }, world(minute(6), { pool: away }))).toEqual([
    `Acknowledge:    ${command}`,
  ]);
  expect(await askingLines({ incident: 'INC-none', recipient: 'sre' }, world(minute(6)))).toEqual([
    'Acknowledge:    npm run respond -- ack INC-none',
  ]);
});

test.each<[Severity, number, string, boolean]>([
  ['SEV-1', 0, minute(15), false],
  ['SEV-1', 15, minute(30), false],
  ['SEV-1', 44, minute(45), false],
  ['SEV-1', 45, minute(60), false],
  ['SEV-3', 480, minute(480), true],
  ['SEV-2', 59, minute(60), false],
])('%s after %i minutes is due by %s', (severity, after, by, passed) => {
  const levels = levelsOf({ severity, since: minute(0) }, [], settings.people);
  expect(deadlineOf(levels, new Date(minute(after)))).toEqual({ by, passed });
});

/** Each kind of `EscalationMessage`; the compiler wants a new one here. */
const EACH: { readonly [K in EscalationMessage['kind']]: Omit<EscalationMessage & { kind: K }, 'kind'> } = {
  call: { severity: 'SEV-2', level: 1 },
  joined: { batch: 1 },
  acknowledged: { severity: 'SEV-2' },
  'stand-down': {},
  reminder: {},
  'postmortem-late': {},
  jira: {},
  'jira-comment': {},
  draft: {},
  'pager-trigger': { severity: 'SEV-2' },
  'pager-acknowledge': { severity: 'SEV-2' },
  'pager-resolve': { severity: 'SEV-2' },
};

test.each(Object.entries(EACH))('the record takes a %s, once', async (kind, rest) => {
  const id = await incident();
  const at = minute(1);
  const message = EscalationMessage.parse({ kind, ...rest });
  const sent = { recipient: 'sre', dueAt: at, toldAt: at, confirmed: 2, tries: 1, triedAt: at };
  const one = { message, ...sent, byRun: null, why: null };
  for (let i = 0; i < 2; i++) await putTold(ledger.responder, id, 1, [one]);
  expect((await episodeState(ledger.responder, id, 1))?.told).toEqual([one]);
});
