import { ok, wrong, type CheckOf } from '../check.ts';

/** AWS keeps so many executions for functions that have none reserved. */
const UNRESERVED = 100;

export const concurrency: CheckOf<'account'> = {
  id: 'concurrency',
  asks: 'Does the account have the executions that are reserved?',
  needs: 'account',
  async run({ planned: { resources }, aws, deployed }) {
    const reserved = resources
      .filter(({ type }) => type === 'AWS::Lambda::Function')
      .map(({ properties }) => Number(properties['ReservedConcurrentExecutions'] ?? 0))
      .reduce((sum, one) => sum + one, 0);
    const { AccountLimit: { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = 0 } = {} } =
      await (await aws.lambda()).getAccountSettings({});
    const limit = `the account may run ${all} at a time, ${free} of them unreserved`;
    if (reserved === 0) return [ok(`${limit}; the stack reserves none`)];
    // A deployed stack's own are taken already.
    if (deployed || free - reserved >= UNRESERVED) return [ok(`${limit}; the stack reserves ${reserved}`)];
    return [
      wrong({
        fault: 'AWS refuses to reserve the executions that the stack wants',
        found: `${limit}; the stack reserves ${reserved}`,
        wanted: `at least ${reserved + UNRESERVED} unreserved: AWS keeps ${UNRESERVED} for all other functions`,
        remedy:
          'leave "concurrency" out of the configuration, or request more: aws service-quotas ' +
          `request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
      }),
    ];
  },
};
