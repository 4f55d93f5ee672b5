import { AUTHORITY, CERTIFICATE } from '../../emulator/postgres/authority.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../../lambdas/platform/checked.ts';
import { readConfig } from '../../lib/config.ts';
import { sampleConfig } from './sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

const mistakesIn = (config: unknown): ConfigError => {
  try {
    readConfig(config);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
};
/** Where the mistakes are, as the message tells. */
const pathsIn = (config: unknown): string[] =>
  [...mistakesIn(config).message.matchAll(/^ {2}→ at (\S+)$/gm)].map(([, path = '']) => path).sort();

describe('the configuration of a deployment', () => {
  it('takes a ledger alone, and has defaults for the rest', () => {
    expect(readConfig(sampleConfig)).toMatchObject({
      ledger: { port: 5432, database: 'commercial_ops', tls: 'verify' },
      estate: { ingestion: { job: 'cur_ingest_prod' } },
      schedules: { signalsMinutes: 5, sweepMinutes: 10 },
      logRetentionDays: 90,
      evidenceMonths: 24,
      keepData: true,
    });
  });

  it('has no default for the ledger, since a guessed one is the wrong one', () => {
    expect(pathsIn(undefined)).toEqual(['ledger']);
  });

  it('names only jobs that there are: a wrong name would be ignored', () => {
    const jobs = { allocation: 'my_allocation', alocation: 'mine' };
    const { message } = mistakesIn({ ...sampleConfig, estate: { jobs } });
    expect(message).toMatch(/alocation/);
    expect(message).toMatch(/→ at estate\.jobs/);
    expect(
      readConfig({ ...sampleConfig, estate: { jobs: { allocation: 'mine' } } }).estate.jobs,
    ).toMatchObject({
      allocation: 'mine',
      tagSync: 'tag_sync',
    });
  });

  it('is read from the command line, as JSON or as the path of a file', () => {
    const file = join(scratchDir(), 'mine.json');
    writeFileSync(file, JSON.stringify(sampleConfig));
    expect(readConfig(JSON.stringify(sampleConfig))).toEqual(readConfig(sampleConfig));
    expect(readConfig(file)).toEqual(readConfig(sampleConfig));
  });

  it('is the example in cdk.json', () => {
    const cdkJson = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
      context: { responder: unknown };
    };
    expect(readConfig(cdkJson.context.responder).ledger.host).toMatch(/\.invalid$/);
  });

  it.each([
    [{ poll: 1, jobLimit: 2_700 }],
    [{ recordRetry: 60 }],
    [{ poll: 2, jobLimit: 1_000, recordRetry: 300 }],
  ])('refuses a pace of which a run would use up the operations that AWS gives it: %j', (pace) => {
    expect(mistakesIn({ ...sampleConfig, pace }).message).toMatch(
      /together at most 2000: each check is a durable/,
    );
  });

  it('reports every mistake at once, each with what was got, what is wanted and what to do', () => {
    const wrong = {
      ledger: {
        host: 'db',
        port: '5432',
        logins: { kind: 'magic' },
      },
      subscriptions: { sre: ['sre@example.org', 'nobody'] },
      network: { subnetIds: [], securityGroupIds: ['sg-0a1b2c3d'] },
      logRetentionDays: 91,
      evidenceMonths: 3,
      shedules: {},
    };
    expect(pathsIn(wrong)).toEqual([
      'evidenceMonths',
      'ledger.logins.kind',
      'ledger.port',
      'logRetentionDays',
      'network.subnetIds',
      'subscriptions.sre[1]',
    ]);
    const { message } = mistakesIn(wrong);
    expect(message).toContain('expected number to be >=24; got 3\n  → at evidenceMonths');
    expect(message).toContain('expected number; got "5432"\n  → at ledger.port');
    expect(message).toContain('Wanted an e-mail address or an https URL; got "nobody"\n  → at subscriptions');
    expect(message).toContain('Unrecognized key: "shedules"');
    expect(message).toContain(`Expected 'secret' | 'iam'; got "magic"`);
    expect(message).toMatch(/^Correct the context key "responder" \(cdk.json\)/);
  });

  it('never shows what may be a secret', () => {
    const { message } = mistakesIn({
      ledger: {
        host: '',
        port: 'postgres://admin:hunter2@db/x',
        logins: { kind: 'secret', secret: 'hunter2', password: 'hunter2' },
      },
    });
    expect(message).not.toContain('hunter2');
    expect(message).toContain(
      'Unrecognized key: "password"; correct its spelling or remove it\n  → at ledger.logins',
    );
    for (const zone of ['token-hunter2', { pw: 'hunter2' }, ['hunter2']])
      expect(mistakesIn({ ...sampleConfig, limits: { freeze: { zone } } }).message).not.toContain('hunter2');
    expect(mistakesIn('{"password": hunter2}').message).not.toContain('hunter2');
  });

  it('takes a connection without TLS to loopback only', () => {
    const logins = { kind: 'iam', resourceId: 'r' };
    expect(pathsIn({ ledger: { host: 'db.internal', tls: 'off', logins } })).toEqual(['ledger.tls']);
    expect(readConfig({ ledger: { host: '127.0.0.1', tls: 'off', logins } }).ledger.tls).toBe('off');
  });

  it('takes authorities of the ledger from a PEM file that has some', () => {
    const ledger = { host: 'db.internal', logins: { kind: 'iam', resourceId: 'r' } };
    const withCa = (ca: string) => ({ ledger: { ...ledger, ca } });
    expect(readConfig(withCa(AUTHORITY)).ledger.ca).toBe(AUTHORITY);
    expect(mistakesIn(withCa('nowhere.pem')).message).toMatch(/PEM file.*ENOENT.*ledger\.ca/s);
    expect(mistakesIn(withCa('package.json')).message).toContain('package.json has no certificate');
    expect(mistakesIn(withCa(CERTIFICATE)).message).toContain('CN=localhost, which signs no others');
  });

  it('sends the login of Jira to an https URL, or to this machine', () => {
    const jira = {
      url: 'https://example.atlassian.net',
      project: 'OPS',
      secretArn: 'arn:aws:secretsmanager:x',
    };
    const withJira = (change: object) => ({ ...sampleConfig, people: { jira: { ...jira, ...change } } });
    expect(readConfig(withJira({ url: 'http://127.0.0.1:9/_jira' })).people.jira).toEqual({
      ...jira,
      issueType: 'Incident',
      url: 'http://127.0.0.1:9/_jira',
    });
    expect(pathsIn(withJira({ url: 'http://jira.internal', secretArn: 'jira' }))).toEqual([
      'people.jira.secretArn',
      'people.jira.url',
    ]);
    const pasted = mistakesIn(withJira({ url: 'https://me:hunter2@example.atlassian.net' }));
    expect(pasted.message).toMatch(/without login.*not shown.*\n {2}→ at people\.jira\.url$/);
    expect(pasted.message).not.toContain('hunter2');
    expect(pathsIn(withJira({ url: 'jira' }))).toEqual(['people.jira.url']);
    expect(pathsIn(withJira({ project: 'ops' }))).toEqual(['people.jira.project']);
  });

  it('sends events to an https URL, or to this machine, and each pager has a name of its own', () => {
    const pager = {
      kind: 'webhook',
      name: 'grafana',
      url: 'https://irm.example.com/a?b=c',
      secretArn: 'arn:x',
    };
    const withPagers = (...pagers: object[]) => ({ ...sampleConfig, people: { pagers } });
    expect(readConfig(withPagers(pager)).people.pagers).toEqual([{ ...pager, lowestSeverity: 'SEV-4' }]);
    expect(
      readConfig(withPagers({ kind: 'pagerduty', name: 'pd', secretArn: 'arn:x' })).people.pagers,
    ).toMatchObject([{ url: 'https://events.pagerduty.com/v2/enqueue' }]);
    expect(pathsIn(withPagers({ ...pager, url: 'http://irm.example.com', secretArn: 'x' }))).toEqual([
      'people.pagers[0].secretArn',
      'people.pagers[0].url',
    ]);
    expect(pathsIn(withPagers({ ...pager, name: 'sre' }))).toEqual(['people.pagers[0].name']);
    expect(pathsIn(withPagers(pager, pager))).toEqual(['people.pagers']);
  });

  it('wants a name for the secret of each login, and tells those who give one secret or an ARN', () => {
    const named = (secret: string) => ({ ledger: { host: 'db', logins: { kind: 'secret', secret } } });
    expect(readConfig(named('ledger/{login}')).ledger.logins).toEqual({
      kind: 'secret',
      secret: 'ledger/{login}',
    });
    for (const wrong of ['ledger/responder', 'arn:aws:secretsmanager:us-east-1:1:secret:{login}']) {
      expect(pathsIn(named(wrong))).toEqual(['ledger.logins.secret']);
      expect(mistakesIn(named(wrong)).message).toContain(
        'with {login} in it, e.g. "commercial-ops/{login}"; no ARN',
      );
    }
  });
});
