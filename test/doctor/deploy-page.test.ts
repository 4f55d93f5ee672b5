import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { Emulator } from '../../emulator/emulator.ts';
import { startPostgres } from '../../emulator/postgres/postgres.ts';
import { booted } from '../../emulator/test/support/booted.ts';
import { describeWith } from '../../emulator/test/support/needs.ts';
import { freshDatabase } from '../../emulator/test/support/postgres.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { endpoints } from '../../lambdas/doctor/checks/endpoints.ts';
import { ingestionRole } from '../../sandbox/commercial-ops/ingestion-role.ts';
import { makePlaces, registerFunctions } from '../../sandbox/commercial-ops/installation.ts';
import { parts } from '../../sandbox/commercial-ops/parts/all.ts';
import { createServices } from '../../sandbox/services.ts';
import { templateFor } from '../../sandbox/template.ts';
import { cliPath } from '../cli/aws-cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
  /** Why it is not run. */
  readonly spared?: string;
}

/** In the page's order; what is not run says why, in the comment before it. */
const BLOCKS: readonly Block[] = [
  ...PAGE.matchAll(/(?:<!-- not run in the test: ([^>]+) -->\n\n)?^```(\w+)\n([^]*?)^```$/gm),
].map(([, spared, language = '', text = '']) => ({
  language,
  text,
  ...(spared !== undefined && { spared }),
}));

const psql = ((): string | undefined => {
  try {
    return execFileSync('psql', ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return undefined;
  }
})();

test('each block of commands is run, or says why it is not', () => {
  expect(BLOCKS.filter(({ language }) => language === 'bash').length).toBeGreaterThan(12);
  for (const { text, spared } of BLOCKS.filter(({ language }) => language === 'bash'))
    // Words in angle brackets are the reader's: such a block cannot be run as it is printed.
    expect({ text, runs: !/<\w/.test(text) || spared !== undefined }).toEqual({ text, runs: true });
});

test('the endpoints of the page are those that the doctor looks for', async () => {
  const listed = [...PAGE.matchAll(/`com\.amazonaws\.(?:<Region>\.)?(\w+)`/g)].map(([, service]) => service);
  const silent = new Proxy({}, { get: () => () => Promise.reject(new Error('silent')) });
  const findings = await endpoints.run({ settings: { region: 'x' }, aws: silent } as never);
  const looked = findings.map((one) => (one.verdict === 'wrong' ? one.fault.split(' ').at(-1) : ''));
  expect(listed.sort()).toEqual(looked.sort());
});

const describeWithTools = describeWith(
  'psql or the AWS CLI 2',
  psql !== undefined && cliPath !== undefined,
  'Debian has them as postgresql-client and awscli.',
);

describeWithTools('from nothing, step by step', () => {
  const here = booted(async (defer) => {
    const state = await freshDatabase('state');
    defer(() => state.drop());
    const emulator = await Emulator.open({ dir: scratchDir(), database: state.url, volatile: true });
    defer(() => emulator.stop());
    const dir = scratchDir();
    chmodSync(dir, 0o755);
    const server = await startPostgres({ dir, tethered: true });
    defer(() => server.stop());
    // As RDS has it: the administrator makes roles and databases, and is no superuser.
    const superuser = new Pool({ connectionString: server.url, max: 1 });
    await superuser.query(`create role master login createrole createdb password 'master'`);
    await superuser.query('create database commercial_ops owner master');
    await superuser.end();
    const url = Object.assign(new URL(server.url), {
      pathname: '/commercial_ops',
      username: 'master',
      password: 'master',
    }).href;
    const ledger = new Pool({ connectionString: url, max: 2 });
    defer(() => ledger.end());
    // A stranger's account: the billing subsystem is there, and nothing of the responder.
    for (const subject of ['tenants', 'costs', 'billing', 'operations'])
      await ledger.query(readFileSync(join(ROOT, `sandbox/commercial-ops/schema/${subject}.sql`), 'utf8'));
    for (const { schema } of parts) await ledger.query(schema);
    const services = createServices({ emulator, ledger, dir: scratchDir(), report: 'by-month' });
    defer(() => services.commercialOps.close());
    await services.iam.createRole(ingestionRole(services.estate));
    const { cur, athena } = services.estate;
    for (const name of [cur.bucket, athena.warehouseBucket, athena.resultsBucket])
      await services.s3.createBucket(name);
    const manifest = `${cur.prefix}/2026-11/commercial-ops-Manifest.json`;
    await services.s3.put(cur.bucket, manifest, Buffer.from('{"reportKeys":[]}'));
    await makePlaces(services);
    await services.runnerFleet.ensure();
    registerFunctions(services);
    return { emulator, services, url };
  });

  test('the commands of the page lead to a responder of which the doctor finds nothing wrong', async () => {
    const { emulator, services, url } = here;
    const home = scratchDir();
    // The project as it is, with a `my.json` of its own.
    for (const name of readdirSync(ROOT))
      if (!name.startsWith('.')) symlinkSync(join(ROOT, name), join(home, name));
    mkdirSync(join(home, 'bin'));
    writeFileSync(
      join(home, 'bin/aws'),
      `#!/bin/sh\nexec ${cliPath} --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n`,
      { mode: 0o755 },
    );
    const { root } = emulator.credentials;
    let key: { accessKeyId: string; secretAccessKey: string } = root;
    let respondUrl = '';
    const said: string[] = [];
    const run = async (text: string): Promise<void> => {
      const { stdout } = await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', text], {
        cwd: home,
        env: {
          PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
          HOME: home,
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_CONFIG_FILE: '/dev/null',
          AWS_ENDPOINT_URL: emulator.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_DEFAULT_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: key.accessKeyId,
          AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
          LEDGER_URL: url,
          RESPONDER_URL: respondUrl,
        },
      });
      said.push(stdout);
    };

    const config = JSON.parse(BLOCKS.find(({ text }) => text.includes('"ledger"'))?.text ?? '') as {
      ledger: object;
      people: { commanders: { arns: string[] }[] };
    };
    // Only what differs from one reader to the next; it has no RDS, and so passwords.
    const { port } = new URL(url);
    Object.assign(config.ledger, {
      host: '127.0.0.1',
      port: Number(port),
      tls: 'off',
      logins: { kind: 'secret', secret: 'commercial-ops/{login}' },
    });
    for (const one of config.people.commanders) one.arns = ['arn:aws:iam::012345678901:user/ada'];
    writeFileSync(join(home, 'my.json'), JSON.stringify(config));

    for (const { language, text, spared } of BLOCKS) {
      if (language !== 'bash') continue;
      if (spared === undefined) {
        if (text.includes('ends with 1')) await expect(run(text)).rejects.toMatchObject({ code: 1 });
        else
          await run(text).catch((error: { stdout: string; stderr: string }) => {
            throw new Error(`${text} failed:\n${error.stdout}\n${error.stderr}`);
          });
      } else if (text.includes('npx cdk bootstrap')) {
        await services.iam.createRole({
          name: 'cdk-hnb659fds-cfn-exec-role-012345678901-us-east-1',
          trust: { Statement: [] },
          policies: [{ name: 'deploy', document: readFileSync(join(home, 'deploy-policy.json'), 'utf8') }],
        });
      } else if (text.startsWith('npx cdk deploy')) {
        const { outputs } = await emulator.deploy({
          stackName: 'commercial-ops-responder',
          ...(await templateFor({ config })),
        });
        respondUrl = outputs['RespondUrl'] ?? '';
      } else if (text.includes('aws iam attach-role-policy')) {
        const policy = 'arn:aws:iam::012345678901:policy/responder-people-us-east-1';
        expect(text).toContain('policy/responder-people-<Region>');
        await services.userKeys.ensure('ada', [policy]);
        key = services.userKeys.keyOf('ada');
      }
    }
    expect(said.join('\n')).toMatch(/^0 wrong, 0 unknown, 0 later, \d+ ok: all is right$/m);
    expect(said.join('\n')).toMatch(/you are ada/);
    expect(said.join('\n')).toMatch(/"applied": ?\[\],"newest": ?\d/);
    expect(said.at(-1)).toMatch(/cur-freshness/);
  });
});
