import { statementKey, type UsedRights } from '../drill/used-rights.ts';
import { resolve } from '../../emulator/provision/intrinsics.ts';
import { PSEUDO } from '../template/pseudo.ts';
import { KEPT } from './kept.ts';

/** A statement of a role's policy that allows something, as the template has it. */
export interface Granted {
  readonly key: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface PolicyProperties {
  readonly PolicyName: unknown;
  readonly Roles: readonly { readonly Ref: string }[];
  readonly PolicyDocument: {
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: unknown;
      readonly Resource: unknown;
    }[];
  };
}

/** Every statement of every role of the template, in its order. */
export function grantedIn({ Resources }: Template): Granted[] {
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => {
      const { PolicyName, Roles, PolicyDocument } = Properties as PolicyProperties;
      return Roles.flatMap(({ Ref }) => {
        const role = Resources[Ref]?.Properties as { RoleName: unknown } | undefined;
        return PolicyDocument.Statement.flatMap(({ Effect, Action, Resource }, i) =>
          Effect === 'Allow'
            ? [
                {
                  key: statementKey(textOf(role?.RoleName), textOf(PolicyName), i),
                  actions: [Action].flat().map(textOf),
                  resources: [Resource].flat().map(textOf),
                },
              ]
            : [],
        );
      });
    });
}

/** In words that people read; a name comes out as the emulator makes it. */
const textOf = (part: unknown): string =>
  String(
    resolve(part, {
      ref: (name) => PSEUDO[name] ?? `<${name}>`,
      getAtt: (logicalId, attribute) => `<${logicalId}.${attribute}>`,
      condition: () => true,
    }),
  );

/** What of the statements nothing has used; what AWS alone asks for does not count. */
export function unusedIn(granted: readonly Granted[], used: readonly UsedRights[]): Unused[] {
  return granted.flatMap(({ key, actions, resources }): Unused[] => {
    const uses = used.flatMap((rights) => rights[key] ?? []);
    const left = (names: readonly string[], kind: 'actions' | 'resources'): string[] => {
      const seen = new Set(uses.flatMap((use) => use[kind]));
      return names.filter((_, i) => !seen.has(i));
    };
    const missing = left(actions, 'actions').filter((action) => KEPT[action] === undefined);
    // Of a statement for AWS alone, nobody uses the resources either.
    const isAwsOwn = uses.length === 0 && missing.length === 0;
    const parts = isAwsOwn ? [] : [...missing, ...left(resources, 'resources')];
    return parts.length === 0 ? [] : [{ key, parts, whole: uses.length === 0 }];
  });
}

export interface Unused {
  readonly key: string;
  /** Actions and resources. */
  readonly parts: readonly string[];
  /** Nothing at all of the statement was used. */
  readonly whole: boolean;
}
