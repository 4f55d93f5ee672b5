import { Pool, type DatabaseError } from 'pg';
import { actionsOfAll } from '../../lambdas/catalog/playbooks/permissions.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { tablesRead } from '../../lambdas/catalog/probes/tables-read.ts';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import type { Login } from '../../lambdas/record/logins.ts';
import { exampleSettings } from '../support/settings.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { NOW } from '../support/world.ts';

/**
 * Who reads Commercial-Ops' tables declares each column that its statements need, and no other: the server is asked, by a
 * login that has all columns but one.
 */

const ledger = bootLedger();
const LOGIN: Login = 'responder_signals';
const settings = exampleSettings();
const context = { settings, run: 'run', now: NOW, actionId: 'run', fence: '1' };

/** A row with which each check of an action goes on, up to its change. */
const FOUND = {
  job: 'job',
  result: { error: 'fence' },
  status: 'failed',
  state: 'open',
  balanced: true,
  invoice_id: 'INV-1',
  // Of a top-up.
  count: 0,
  day: '2026-11-23',
  rows: 1,
  enough: true,
  sane: true,
  step: true,
  price: true,
  auto: true,
  most: 1,
  unit: 'gb',
};
/** An invoice that is paid to the cent. */
const PAID = {
  invoiceId: 'INV-1',
  tenantId: 'TEN-1',
  period: '2026-10',
  total: '1.00',
  paid: '1',
  balance: 0,
  confirmed: 1,
  pending: 0,
  failed: 0,
  refunded: 0,
  duplicates: 0,
};

type Answer = (sql: string) => readonly object[];
const NOTHING: Answer = () => [];
const SOMETHING: Answer = (sql) => (/^\s*select from/.test(sql) ? [] : [FOUND]);

/** What the ledger is asked, without asking AWS anything. */
async function asked(ask: (tools: never) => unknown, ...answers: readonly Answer[]): Promise<string[]> {
  const statements = new Set<string>();
  for (const answer of answers) {
    const query = (sql: string) => {
      statements.add(sql);
      const rows = answer(sql);
      return Promise.resolve({ rows, rowCount: rows.length, evidence: {} });
    };
    const tools = {
      ledger: { query },
      changeLedger: (work: (client: object) => unknown) => work({ query }),
      sns: () => ({ publish: () => ({}) }),
    };
    const any = new Proxy(tools, { get: (of, name) => (Reflect.get(of, name) as unknown) ?? (() => ({})) });
    await Promise.resolve()
      .then(() => ask(any as never))
      .catch(() => undefined);
  }
  return [...statements];
}

const checksOf = async (action: ActionDefinition): Promise<string[]> =>
  (
    await Promise.all(
      [
        (tools: never) => action.impact(action.example, context, tools),
        (tools: never) => action.reconcile(action.example, context, tools),
        (tools: never) => action.progress({ job: 'job', runId: 'run' }, context, tools),
        (tools: never) => action.busy?.(action.example, context, tools),
      ].map((ask) => asked(ask, NOTHING, SOMETHING)),
    )
  ).flat();

/** Up to the change itself: what counts rows is answered as if all was there. */
const changesOf = (action: ActionDefinition): Promise<string[]> =>
  asked(
    (tools) => action.start(action.example, context, tools),
    SOMETHING,
    (sql) => {
      if (/^\s*select from job_run/.test(sql)) return [];
      const status = /invoice_header/.test(sql) ? (action.name === 'top-up' ? 'open' : 'issued') : 'failed';
      return [{ ...FOUND, ...PAID, status, open: 0 }];
    },
  );

const readings = async (): Promise<[who: string, reads: readonly string[], statements: string[]][]> => [
  ...(await Promise.all(
    signals.map(async (one): Promise<[string, readonly string[], string[]]> => [
      one.metric,
      one.reads,
      await asked((tools) => one.measure({ now: NOW, settings, tools }), NOTHING),
    ]),
  )),
  [
    'runs',
    tablesRead(),
    [
      ...playbooks.flatMap(({ probes, recovery, asCause }) =>
        [probes, recovery.probes, asCause?.probes ?? {}].flatMap((all) =>
          Object.values(all).flatMap(({ queries }) => queries),
        ),
      ),
      ...(
        await Promise.all(
          playbooks.map((playbook) =>
            asked((tools) => playbook.locate?.({ now: NOW, settings, tools }), NOTHING),
          ),
        )
      ).flat(),
      ...(await Promise.all(actionsOfAll().map(checksOf))).flat(),
    ],
  ],
  ...(await Promise.all(
    actionsOfAll()
      .filter(({ grants }) => grants !== undefined)
      .map(async (action): Promise<[string, readonly string[], string[]]> => [
        action.name,
        (action.grants ?? []).flatMap((grant) => {
          const [, columns = '', table = ''] = /^select \((.*)\) on (.*)$/.exec(grant) ?? [];
          return table === '' ? [] : [`${table} (${columns})`];
        }),
        await changesOf(action),
      ]),
  )),
];

interface Column {
  readonly table: string;
  readonly column: string;
}

/** Athena's statements have columns that the ledger's tables do not have. */
const ATHENAS = '42703';
const isAllowed = async (pool: Pool, sql: string): Promise<boolean | undefined> =>
  pool.query(`explain (generic_plan) ${sql}`).then(
    () => true,
    (error: DatabaseError) => {
      if (error.code === '42501') return false;
      if (error.code === ATHENAS) return undefined;
      throw error;
    },
  );

const declaredBy = (reads: readonly string[], all: readonly Column[]): string[] =>
  [
    ...new Set(
      reads.flatMap((one) => {
        const [table = '', columns] = one.replace(')', '').split(' (');
        const named = columns?.split(', ') ?? all.flatMap((of) => (of.table === table ? [of.column] : []));
        return named.map((column) => `${table}.${column}`);
      }),
    ),
  ].sort();

test('who reads declares each column that its statements need, and no other', async () => {
  const { rows } = await ledger.admin.query<Column>(
    `select table_name as table, column_name as column from information_schema.columns where table_schema = 'public'`,
  );
  const all = [...new Set(rows.map(({ table }) => table))].join(', ');
  await ledger.admin.query(`revoke select on ${all} from ${LOGIN}; grant insert, update on ${all} to ${LOGIN};
    grant select on all tables in schema responder to ${LOGIN}`);
  const change = (what: 'grant' | 'revoke', { table, column }: Column) =>
    ledger.admin.query(
      `${what} select ("${column}") on ${table} ${what === 'grant' ? 'to' : 'from'} ${LOGIN}`,
    );
  for (const row of rows) await change('grant', row);
  const login = new Pool({ connectionString: asLogin(ledger.url, LOGIN), max: 1 });
  try {
    const read = await Promise.all(
      (await readings()).map(async ([who, reads, statements]) => {
        const sql = [...new Set(statements)].filter((one) => /^\s*(select|with|insert|update)\b/i.test(one));
        const answers = await Promise.all(sql.map((one) => isAllowed(login, one)));
        expect([who, answers.indexOf(false)]).toEqual([who, -1]);
        return { who, reads, sql: sql.filter((_, i) => answers[i]), need: new Set<string>() };
      }),
    );
    // Guards this test: who declares something has asked something.
    expect(read.filter(({ reads, sql }) => reads.length > 0 && sql.length === 0)).toEqual([]);
    for (const row of rows) {
      await change('revoke', row);
      for (const { sql, need } of read)
        for (const one of sql.filter(
          (text) => (text.includes(row.table) && /select \*/i.test(text)) || text.includes(row.column),
        ))
          if (!(await isAllowed(login, one))) need.add(`${row.table}.${row.column}`);
      await change('grant', row);
    }
    expect(read.map(({ who, need }) => [who, [...need].sort()])).toEqual(
      read.map(({ who, reads }) => [who, declaredBy(reads, rows)]),
    );
  } finally {
    await login.end();
  }
});
