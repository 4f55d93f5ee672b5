import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { actionMatches, arnMatches } from '../../emulator/aws/iam-patterns.ts';
import { actionsOfAll } from '../../lambdas/catalog/playbooks/permissions.ts';
import { awsClients } from '../../lambdas/platform/aws.ts';
import { ACTION_TAG } from '../../lambdas/platform/clients.ts';
import type { IamStatement } from '../../lambdas/platform/iam.ts';
import { loginOf } from '../../lambdas/platform/settings.ts';
import { ACTORS } from '../../lambdas/record/logins.ts';
import { as } from '../support/as-role.ts';
import { bootWorld } from '../support/world.ts';

/** What IAM itself allows a session of the acting role, under any session policy that the runner's code gives it. */

const world = bootWorld({}, as('responder-runner'));
const actions = actionsOfAll();
const changing = actions.filter(({ changes }) => changes);

/** One that the statement's pattern means. */
const example = (pattern: string): string => pattern.replaceAll('*', 'x').replaceAll('?', 'A');
const calls = (statements: readonly IamStatement[]): [string, string][] =>
  statements.flatMap(({ actions: names, resources }) =>
    names.flatMap((name) => resources.map((one): [string, string] => [name, example(one)])),
  );
const permissionsOf = (name: string): readonly IamStatement[] =>
  actions.find((one) => one.name === name)?.permissions(world.role.settings) ?? [];
const everyCall = () =>
  [...new Map(actions.flatMap(({ name }) => calls(permissionsOf(name))).map((one) => [one.join(' '), one]))]
    .map(([, call]) => call)
    .sort();

const allowed = (tags: Readonly<Record<string, string>>) => {
  const roleName = 'responder-actor-us-east-1';
  const arn = `arn:aws:sts::012345678901:assumed-role/${roleName}/a-run`;
  return everyCall().filter(
    ([call, resource]) => world.services.iam.check({ arn, roleName, tags }, call, resource).allowed,
  );
};

test.each(changing.map(({ name }) => name))('a session for %s may do what it declares, no more', (name) => {
  const declared = everyCall().filter(([call, resource]) =>
    permissionsOf(name).some(
      (one) =>
        one.actions.some((pattern) => actionMatches(pattern, call)) &&
        one.resources.some((pattern) => arnMatches(pattern, resource)),
    ),
  );
  expect(declared.length).toBeGreaterThan(0);
  expect(declared.length).toBeLessThan(everyCall().length);
  expect(allowed({ [ACTION_TAG]: name })).toEqual(declared);
});

test('a session without the tag, or for what is no action, may do nothing', () => {
  expect(allowed({})).toEqual([]);
  expect(allowed({ [ACTION_TAG]: 'anything' })).toEqual([]);
  expect(allowed({ another: changing[0]?.name ?? '' })).toEqual([]);
});

describe('the runner gets no session', () => {
  const assume = async (tags: Readonly<Record<string, string>>): Promise<unknown> => {
    const { actorRole: RoleArn } = world.role.settings;
    const sts = await awsClients({}).sts();
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-run', ...(Tags.length && { Tags }) }),
    );
  };
  test.each<[string, Record<string, string>]>([
    ['without the tag', {}],
    ['for what is no action', { [ACTION_TAG]: 'anything' }],
    ['for an action that changes nothing', { [ACTION_TAG]: 'await-ingestion' }],
  ])('%s', async (_what, tags) => {
    await expect(assume(tags)).rejects.toThrow(/not authorized to perform: sts:(AssumeRole|TagSession)/);
  });
  test('but one for a declared action', async () => {
    await expect(assume({ [ACTION_TAG]: 'settle-invoice' })).resolves.toHaveProperty('Credentials');
  });
});

test('each action that changes the ledger has a login of its own, and no login is without its action', () => {
  const { ledger } = world.role.settings;
  const logins = changing.map(({ name }) => loginOf(ledger.actors, name));
  const used = changing.flatMap(({ name }, i) =>
    JSON.stringify(permissionsOf(name)).includes(`/${logins[i]?.user}`) ? [logins[i]?.user] : [],
  );
  expect(used.sort()).toEqual([...ACTORS].sort());
});
