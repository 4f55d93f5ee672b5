import { SecretsManager as SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Jira as JiraSettings } from '../../../lambdas/domain/people.ts';
import { createJira, type Jira as Client } from '../../../lambdas/escalation/jira/jira.ts';
import type { JiraError } from '../../../lambdas/escalation/jira/error.ts';
import { SecretsManager, secretsManagerDefinition } from '../../../emulator/aws/secrets-manager.ts';
import { Jira } from '../../../emulator/jira/jira.ts';
import { serveJira } from '../../../emulator/jira/serve.ts';
import { arn } from '../../../emulator/kernel/places.ts';
import { booted, type Defer } from '../../../emulator/test/support/booted.ts';
import { makeWorld, serve, type Served, type World } from '../../../emulator/test/wire/serve.ts';

export interface JiraWorld extends World {
  readonly jira: Jira;
  readonly settings: JiraSettings;
  readonly client: Client;
  readonly served: Served;
  /** A client of a process of its own. */
  connect(change?: Partial<JiraSettings>): Client;
  putSecret(value: string): Promise<void>;
  /** How often a secret was read. */
  readonly secretReads: () => number;
  readonly defer: Defer;
}

/** The stand-in for Jira and the secret that opens it, over HTTP; new for each test. */
export const bootJira = (): JiraWorld => booted(openJira, { each: true });

async function openJira(defer: Defer): Promise<JiraWorld> {
  const world = makeWorld();
  const jira = new Jira(world);
  const secrets = new SecretsManager(world);
  const served = await serve(world, [secretsManagerDefinition(secrets)], {
    jira: serveJira({ ...world, jira }),
  });
  defer(() => served.close());
  const secretArn = arn('secretsmanager', 'secret:commercial-ops/jira-StUvWx');
  const settings = { url: `${served.url}/_jira/`, project: 'OPS', issueType: 'Incident', secretArn };
  const putSecret = (value: string) => secrets.putSecret(secretArn, 'commercial-ops/jira', value);
  await putSecret(JSON.stringify(await jira.account()));
  const manager = new SecretsManagerClient(served.config());
  defer(() => manager.destroy());
  const connect = (change: Partial<JiraSettings> = {}) =>
    createJira({ ...settings, ...change }, async () => manager);
  return {
    ...world,
    jira,
    settings,
    served,
    connect,
    putSecret,
    client: connect(),
    secretReads: () => world.calls.length,
    defer,
  };
}

export const INCIDENT = 'cur-freshness-20250910T080000-1f2e3d4c5b6a';

export const ISSUE = {
  incident: INCIDENT,
  severity: 'SEV-1',
  summary: 'Costs are 4 days old',
  description: ['Athena 4.1 d, ledger 4.1 d (limit 2 d).', 'Nobody has acknowledged:\nsre, finops'],
  links: [{ title: 'Evidence: freshness', url: 'https://example.com/evidence/1' }],
} as const;

/** What a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<JiraError> {
  try {
    await call;
  } catch (error) {
    return error as JiraError;
  }
  throw new Error('it did not fail');
}
