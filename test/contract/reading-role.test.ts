import type { ActContext, ActionDefinition, Params } from '../../lambdas/catalog/actions/definition.ts';
import { actTools, ledgerPool, type ActTools } from '../../lambdas/platform/clients.ts';
import type { LedgerPool } from '../../lambdas/platform/ledger/ledger-pool.ts';
import { connectLedger } from '../../lambdas/platform/ledger/connection.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { fingerprintOf, RESTART } from '../../lambdas/catalog/probes/function-configuration.ts';
import { loginOf, type Settings } from '../../lambdas/platform/settings.ts';
import { changes, worldState, type WorldState } from '../../scripts/drill/world-state.ts';
import { actAs, type Role } from '../support/as-role.ts';
import { bootWorld, NOW } from '../support/world.ts';

/**
 * Every action that any playbook declares, with its own example of a plan: what the credentials of those who only look
 * must be refused, whatever the code around them does.
 */
const actions: readonly ActionDefinition[] = [
  ...new Map(
    playbooks.flatMap((playbook) => playbook.actions.map((action) => [action.name, action] as const)),
  ).values(),
];

/** Of a restart that may be cleared. */
const MARK = '2026-11-23T13:00:00.000Z';
const RUN = 'a-run-that-holds-its-lock';

const world = bootWorld();
beforeAll(async () => {
  // Nothing but the credentials must stand in the way: jobs wait for runners, the function was restarted, and the run
  // holds its lock.
  const { lambda, estate } = world.services;
  const { environment } = lambda.functions.resolve(estate.jobs.curIngestion).fn;
  lambda.updateFunction(estate.jobs.curIngestion, { environment: { ...environment, [RESTART]: MARK } });
  await world.services.runnerFleet.backlog({ messages: 150, arrivalsPerTick: 43 });
  await world.pool.query(
    `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, acting, fence)
     values ($1, 'INC-1', 'payment-mismatch', 'scope=payments', '{}', 'live', '{}', $2, true, 7)`,
    [RUN, NOW],
  );
});

/** What only AWS can say of a function that is to be restarted: with anything else the action refuses by itself. */
function paramsOf({ name, example }: ActionDefinition): Params {
  const { lambda, estate } = world.services;
  const { revisionId, environment } = lambda.functions.resolve(estate.jobs.curIngestion).fn;
  const fingerprint = fingerprintOf(environment);
  if (name === 'restart-function') return { ...example, revision: revisionId, fingerprint };
  return name === 'clear-restart' ? { ...example, mark: MARK, fingerprint } : example;
}

/** What no function may do with its own role and login. @returns these, for what else is asked of them */
function refusals(functionName: string): {
  readonly settings: () => Settings;
  readonly login: () => LedgerPool;
} {
  let role: Role;
  let own: LedgerPool;
  let tools: ActTools;
  let before: WorldState;
  beforeAll(async () => {
    role = await actAs(world, functionName);
    own = ledgerPool(role.settings)();
    tools = { ...role.tools, changeLedger: (work) => transaction(own, work) };
    before = await worldState(world);
  });
  afterAll(async () => {
    await own.end();
    await role.close();
  });

  const changing = actions.filter((action) => action.changes);
  test.each(changing.map((action) => [action.name, action] as const))(
    'are refused %s',
    async (name, action) => {
      const params = paramsOf(action);
      const context: ActContext = {
        settings: role.settings,
        run: RUN,
        now: NOW,
        actionId: `${RUN}-${name}`,
        fence: '7',
      };
      await expect(action.start(params, context, tools)).rejects.toThrow(
        /not authorized|permission denied|read-only transaction/,
      );
    },
  );

  test('do not give the login of an action', async () => {
    const { ledger, region } = role.settings;
    const pool = connectLedger(ledger, region, { auth: loginOf(ledger.actors, 'settle-invoice') });
    await expect(pool.query('select 1')).rejects.toThrow(/not authorized.*GetSecretValue/);
    await pool.end();
  });

  test('have changed nothing by all that', async () => {
    expect(changes(before, await worldState(world))).toEqual([]);
  });
  return { settings: () => role.settings, login: () => own };
}

describe('the credentials of the runner, as long as it is nobody else', () => {
  refusals('responder-runner');
});

describe('the credentials of the rehearser', () => {
  const { settings, login } = refusals('responder-rehearser');

  test('do not let it become the actor', async () => {
    const everything = { name: 'settle-invoice', permissions: () => [{ actions: ['*'], resources: ['*'] }] };
    await expect(actTools(settings(), 'a-rehearsal', everything)).rejects.toThrow(
      /not authorized.*AssumeRole/,
    );
  });

  test('write to no table but the record’s, remove nothing there, and draw no fence', async () => {
    const { rows } = await login().query<{ place: string }>(
      `select distinct table_schema || '.' || table_name as place
       from information_schema.column_privileges
       where grantee = current_user and privilege_type <> 'SELECT' and table_schema <> 'responder'`,
    );
    expect(rows).toEqual([]);
    const audit = `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id)
                   values (now(), 'system', 'x', 'x', 'x', 'x')`;
    await expect(login().query(audit)).rejects.toThrow('permission denied for table audit_event');
    const fence = `select nextval('responder.fence')`;
    await expect(login().query(fence)).rejects.toThrow('permission denied for sequence fence');
    await expect(login().query('delete from responder.run')).rejects.toThrow(
      'permission denied for table run',
    );
  });
});
