import type { Sandbox } from '../../sandbox/sandbox.ts';

/** What of a statement was used, by its places in the statement. */
export interface StatementUse {
  readonly actions: readonly number[];
  readonly resources: readonly number[];
  /** Something was allowed by this statement and by no other. */
  readonly alone: boolean;
}

/** By statement: `<role> <policy>#<place>`. */
export type UsedRights = Readonly<Record<string, StatementUse>>;

export const statementKey = (role: string, policy: string, statement: number): string =>
  `${role} ${policy}#${statement}`;

/** @throws when the text names no statement */
export function statementOf(key: string): { role: string; policy: string; statement: number } {
  const [, role = '', policy = '', place] = /^(\S+) (.+)#(\d+)$/.exec(key) ?? [];
  if (place === undefined) throw new Error(`"${key}" names no statement; wanted "<role> <policy>#<place>"`);
  return { role, policy, statement: Number(place) };
}

const both = (one: readonly number[] = [], other: readonly number[] = []): number[] =>
  [...new Set([...one, ...other])].sort((a, b) => a - b);

export const merged = (one: UsedRights, other: UsedRights): UsedRights =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      {
        actions: both(one[key]?.actions, other[key]?.actions),
        resources: both(one[key]?.resources, other[key]?.resources),
        alone: (one[key]?.alone ?? false) || (other[key]?.alone ?? false),
      },
    ]),
  );

/**
 * Notes what the roles' policies are used for, from now on.
 * @returns what was used so far; and the functions that have used something and written no log
 */
export function watchRights(sandbox: Sandbox): { used(): UsedRights; silent(): string[] } {
  const { iam, lambda } = sandbox.services;
  const uses = new Map<string, { actions: Set<number>; resources: Set<number>; alone: boolean }>();
  const roles = new Set<string>();
  const groups = new Set<string>();
  iam.watchUse((role, by) => {
    roles.add(role);
    for (const { policy, statement, actions, resources } of by) {
      const key = statementKey(role, policy, statement);
      const use = uses.get(key) ?? { actions: new Set(), resources: new Set(), alone: false };
      for (const one of actions) use.actions.add(one);
      for (const one of resources) use.resources.add(one);
      uses.set(key, { ...use, alone: use.alone || by.length === 1 });
    }
  });
  sandbox.watch((seen) => {
    if (seen.kind === 'log') groups.add(seen.group);
  });
  return {
    used: () =>
      Object.fromEntries(
        [...uses]
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([key, { actions, resources, alone }]) => [
            key,
            { actions: [...actions].sort(), resources: [...resources].sort(), alone },
          ]),
      ),
    silent: () =>
      lambda.functions
        .all()
        .filter(({ roleArn }) => roles.has(roleArn.split('/').at(-1) ?? ''))
        .map(({ name, logGroup = `/aws/lambda/${name}` }) => ({ name, logGroup }))
        .filter(({ logGroup }) => !groups.has(logGroup))
        .map(({ name }) => name)
        .sort(),
  };
}
