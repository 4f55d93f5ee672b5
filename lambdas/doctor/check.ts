import type { AwsClients } from '../platform/aws.ts';
import type { Settings } from '../platform/settings.ts';

/** What a check says of one thing. What could not be looked at is never `ok`. */
export type Finding =
  | { readonly verdict: 'ok'; readonly found: string }
  | {
      readonly verdict: 'wrong';
      /** One sentence: what does not work. */
      readonly fault: string;
      readonly found: string;
      readonly wanted: string;
      /** What to do, best as a command. */
      readonly remedy: string;
    }
  /** It cannot be looked at now, e.g. for want of a permission. */
  | { readonly verdict: 'unknown'; readonly why: string; readonly remedy: string }
  /** It can be looked at only when the stack is deployed. */
  | { readonly verdict: 'later'; readonly when: string };

export type Wrong = Omit<Extract<Finding, { verdict: 'wrong' }>, 'verdict'>;

export const ok = (found: string): Finding => ({ verdict: 'ok', found });
export const wrong = (of: Wrong): Finding => ({ verdict: 'wrong', ...of });
export const unknown = (why: string, remedy: string): Finding => ({ verdict: 'unknown', why, remedy });
export const later = (when: string): Finding => ({ verdict: 'later', when });

/** A resource of the template, with the references in its properties resolved. */
export interface PlannedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What is to be deployed, as far as it is no setting of the functions. */
export interface Planned {
  readonly stack: string;
  readonly resources: readonly PlannedResource[];
  readonly subscriptions: Readonly<Partial<Record<string, readonly string[]>>>;
  readonly inVpc: boolean;
  /** Actions that its deployment takes, by the resource that they are taken on. */
  readonly rights: readonly { readonly resource: string; readonly actions: readonly string[] }[];
}

/** What a check may need; each is given what it needs, and nothing else. */
export interface Givens {
  /** The template and the configuration: no network, no credentials. */
  readonly plan: { readonly settings: Settings; readonly planned: Planned };
  /** The account, with the credentials of the person who deploys. */
  readonly account: {
    readonly settings: Settings;
    readonly planned: Planned;
    readonly aws: AwsClients;
    /** Its ARN. */
    readonly caller: string;
    /** Whether the stack is there already. */
    readonly deployed: boolean;
  };
  /** The ledger, read only: from inside the functions' network, or by LEDGER_URL. */
  readonly ledger: {
    readonly settings: Settings;
    /** Host, port and database, for people. */
    readonly place: string;
    /** Of the code that is, or will be, deployed. */
    readonly migrations: readonly { readonly version: number; readonly name: string }[];
    readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  };
  /** The network of the functions, from inside. */
  readonly network: { readonly settings: Settings; readonly aws: AwsClients };
}

export type Need = keyof Givens;

/** Read-only. @typeParam N what it needs */
export interface CheckOf<N extends Need> {
  /** kebab-case; scripts that read `--json` know it by it. */
  readonly id: string;
  /** For people: "Are the names free?" */
  readonly asks: string;
  readonly needs: N;
  /** A throw becomes `unknown`, with the error's kind. */
  run(given: Givens[N]): Promise<readonly Finding[]> | readonly Finding[];
}

export type Check = { [N in Need]: CheckOf<N> }[Need];

export interface Answer {
  readonly id: string;
  readonly asks: string;
  readonly findings: readonly Finding[];
}
