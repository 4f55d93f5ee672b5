import { faultNamed } from '../../sandbox/faults/all.ts';
import { follow } from '../../sandbox/scenario.ts';
import { beginNotes, writesNoted } from '../../scripts/drill/ledger-notes.ts';
import { bootWorld } from '../support/world.ts';
import { roundTrips, sum } from './round-trips.ts';

const world = bootWorld({ settled: true });

/** Of the run that `npm start` shows, whose functions are cold. */
const MOST = { statements: 55, calls: 65, writing: 3, operations: 14 };

/** Two keys, and a password. */
const SECRETS = 3;

test('a run that repairs asks the ledger and AWS no more often than it has to', async () => {
  const fault = faultNamed('not-ingested');
  const inject = async (): Promise<void> => {
    await fault.inject(world);
    await beginNotes(world.pool);
  };
  let runs: Awaited<ReturnType<typeof follow>>['runs'] = [];
  const { statements, calls } = await roundTrips(world, async () => {
    ({ runs } = await follow(world, { ...fault, inject }));
  });
  expect(runs).toMatchObject([{ outcome: 'resolved', ledgerWrites: MOST.writing }]);
  const figures = {
    statements: statements.filter((one) => !one.startsWith('select current_user as login')).length,
    // How often a query is asked after, and whether a second connection is opened, depends on how fast the machine is.
    calls: sum({
      ...calls,
      'athena:GetQueryExecution': calls['athena:StartQueryExecution'] ?? 0,
      'secretsmanager:GetSecretValue': Math.min(SECRETS, calls['secretsmanager:GetSecretValue'] ?? Infinity),
    }),
    writing: await writesNoted(world.pool),
    operations: runs[0]?.operations ?? Infinity,
  };
  // What it asked is shown with what it was too much of.
  const over = Object.entries(MOST).filter(([of, most]) => figures[of as keyof typeof MOST] > most);
  expect(over.length === 0 ? [] : { over, figures, calls, statements }).toEqual([]);
  // A count that misses something would fit any limit.
  expect(statements.filter((one) => one === 'begin')).toHaveLength(MOST.writing);
  expect(calls).toMatchObject({ 'sts:AssumeRole': 1, 'glue:StartJobRun': 1 });
});
