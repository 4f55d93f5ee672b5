import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { REGION } from '../../emulator/kernel/places.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HERE = join(ROOT, '.sandbox', 'here');
const AWS_CONFIG = join(ROOT, '.sandbox', 'aws-config');

/** Of every version of the AWS CLI: payloads are typed as text, and nothing waits in a pager. */
const AWS_SETTINGS = `[default]
region = ${REGION}
cli_binary_format = raw-in-base64-out
cli_pager =
`;

/**
 * Writes the program that runs a command on the open sandbox, so that what is printed can be typed as it is: in any
 * terminal, with any account, profile or ledger in the person's own environment.
 */
export function writeHere({ endpoint, outputs, services, rootKey: root }: Sandbox, ledgerUrl: string): void {
  const ledger = new URL(ledgerUrl);
  const person = services.people.keyOf('sre-one');
  const settings = {
    AWS_CONFIG_FILE: AWS_CONFIG,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: person.accessKeyId,
    AWS_SECRET_ACCESS_KEY: person.secretAccessKey,
    RESPONDER_URL: outputs['RespondUrl'] ?? '',
    PGHOST: ledger.hostname,
    PGPORT: ledger.port || '5432',
    PGUSER: decodeURIComponent(ledger.username),
    PGPASSWORD: decodeURIComponent(ledger.password),
    PGDATABASE: decodeURIComponent(ledger.pathname.slice(1)),
  };
  const script = `#!/bin/sh
# Runs a command on the sandbox that is open in this folder, e.g.: .sandbox/here npm run respond -- whoami
if ! kill -0 ${process.pid} 2>/dev/null; then
  echo 'No sandbox is open in this folder; open the last one again with: npm start -- --open' >&2
  exit 1
fi
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN PGSERVICE PGSSLMODE PGOPTIONS PGHOSTADDR
${Object.entries(settings)
  .map(([name, value]) => `export ${name}=${quoted(value)}`)
  .join('\n')}
if [ "$1" = aws ]; then
  # The account's root, who may do everything; older versions take the endpoint as an option.
  shift
  AWS_ACCESS_KEY_ID=${root.accessKeyId} AWS_SECRET_ACCESS_KEY=${root.secretAccessKey} exec aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
fi
exec "$@"
`;
  mkdirSync(dirname(HERE), { recursive: true });
  writeFileSync(AWS_CONFIG, AWS_SETTINGS);
  // It holds keys and the ledger's password: a file of before keeps the rights that it has.
  rmSync(HERE, { force: true });
  writeFileSync(HERE, script, { mode: 0o700 });
}

const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

/** The run that people will want to look at. */
export interface RunToLookAt {
  readonly run: string;
  readonly playbook: string;
  readonly target: Readonly<Record<string, string>>;
}

/** What to type while the sandbox is open: each line works as it is, in this folder. */
export function commandsHere(run: RunToLookAt | undefined): string[] {
  const here = relative(ROOT, HERE);
  const line = (what: string, command: string): string[] => [`  ${what}`, `    ${here} ${command}`];
  const target = Object.entries(run?.target ?? {}).map(([key, value]) => ` --target ${key}=${value}`);
  return [
    ...(run
      ? [
          ...line('Why it decided so, with its figures:', `npm run respond -- why ${run.run}`),
          ...line(
            'Decide again, and change nothing:',
            `npm run respond -- run ${run.playbook}${target.join('')} --reason "to see it decide again" --dry-run`,
          ),
          ...line(
            'How it ended, with the AWS CLI:',
            `aws lambda invoke --function-name responder-manual --payload '{"status":"${run.run}"}' /dev/stdout`,
          ),
        ]
      : line('What you may command, and how:', 'npm run respond -- whoami')),
    ...line(
      run ? 'Its steps in the ledger, with psql:' : 'The ledger, with psql:',
      run
        ? `psql -c "select name, tell from responder.step where run_id = '${run.run}' order by started_at"`
        : `psql -c 'select * from period_state'`,
    ),
  ];
}
