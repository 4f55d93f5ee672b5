import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import type { World } from '../support/world.ts';
import { describeWith } from '../../emulator/test/support/needs.ts';

/** Debian's first: a version manager's shim of version 1 may come before it in the search path. */
const CANDIDATES = ['/usr/bin/aws', '/usr/local/bin/aws', 'aws'];

/** The real AWS CLI, version 2. */
export const cliPath = CANDIDATES.find((candidate) => {
  try {
    return execFileSync(candidate, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).startsWith(
      'aws-cli/2',
    );
  } catch {
    return false;
  }
});

export const describeWithCli = describeWith(
  'AWS CLI 2',
  cliPath,
  `Looked at ${CANDIDATES.join(', ')}; Debian has it as awscli.`,
);

export interface Cli {
  /** Runs `aws --endpoint-url … <words>`. @returns what it printed @throws with what it complained of */
  aws(...words: string[]): Promise<string>;
  /** The same, of what it printed as JSON. */
  json<T>(...words: string[]): Promise<T>;
  /** `lambda invoke` with that payload. @returns what the function answered */
  invoke<T>(functionName: string, payload: object): Promise<T>;
  /** Has a shell run the line, at home; `$ENDPOINT` is the sandbox's. @returns what it printed @throws with what it complained of */
  shell(line: string): Promise<string>;
  /** Where files land. */
  readonly home: string;
}

/** Lets the tests of a world use the command line as a person does. */
export const withCli = (world: World): { cli: Cli } => ({ cli: cliAt(world) });

export function cliAt(
  { endpoint, rootKey }: Pick<World, 'endpoint' | 'rootKey'>,
  command = cliPath ?? '',
): Cli {
  const home = scratchDir();
  let files = 0;
  const env = {
    // The command itself comes first: a shim of version 1 may come before it in the search path.
    PATH: `${dirname(command)}:${process.env['PATH'] ?? ''}`,
    ENDPOINT: endpoint,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  };
  const aws = async (...words: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(command, ['--endpoint-url', endpoint, ...words], { env });
    return stdout;
  };
  return {
    aws,
    json: async <T>(...words: string[]) => JSON.parse(await aws(...words, '--output', 'json')) as T,
    async invoke<T>(functionName: string, payload: object) {
      const file = join(home, `answer-${files++}.json`);
      await aws(
        '--cli-binary-format',
        'raw-in-base64-out',
        'lambda',
        'invoke',
        '--function-name',
        functionName,
        '--payload',
        JSON.stringify(payload),
        file,
      );
      return JSON.parse(readFileSync(file, 'utf8')) as T;
    },
    async shell(line) {
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], { env, cwd: home });
      return stdout;
    },
    home,
  };
}
