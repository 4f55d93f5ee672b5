import type { LastingKey } from '../../kernel/credentials.ts';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { iamDefinition } from '../../aws/iam-operations.ts';
import { s3Definition } from '../../aws/s3-definition.ts';
import { S3 } from '../../aws/s3.ts';
import { Sts, stsDefinition } from '../../aws/sts.ts';
import { describeWith } from '../support/needs.ts';
import { makeWorld, serve } from '../wire/serve.ts';
import type { Served } from '../wire/serve.ts';

/** The real AWS CLI, version 2. */
const cli = ['/usr/bin/aws', 'aws'].find((candidate) => {
  try {
    return execFileSync(candidate, ['--version'], { encoding: 'utf8' }).startsWith('aws-cli/2');
  } catch {
    return false;
  }
});

let served: Served;
let directory: string;

let root: LastingKey;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cli-'));
  const world = makeWorld();
  ({ root } = world.credentials);
  const s3 = new S3({ ...world, dataDir: path.join(directory, 's3') });
  served = await serve(world, [s3Definition(s3), stsDefinition(new Sts(world)), iamDefinition(world.iam)]);
  await s3.createBucket('cur-bucket');
  await s3.put('cur-bucket', 'cur-prefix/2025-09/a b+ü.csv', Buffer.from('line\n'));
  await s3.put('cur-bucket', 'cur-prefix/manifest.json', Buffer.from('{}'));
  await world.iam.createRole({
    name: 'cur-ingest-prod',
    trust: {
      Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
    },
    policies: [
      {
        name: 'read',
        document: {
          Statement: { Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::cur-bucket/*' },
        },
      },
    ],
  });
});
afterAll(async () => {
  await served.close();
  await rm(directory, { recursive: true });
});

async function aws(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    LC_ALL: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
  };
  const { stdout } = await promisify(execFile)(cli ?? '', ['--endpoint-url', served.url, ...args], { env });
  return stdout;
}

describeWith(
  'AWS CLI 2',
  cli,
  'Debian has it as awscli.',
)('the AWS CLI', () => {
  test('lists and copies', async () => {
    const [listing, copy] = await Promise.all([
      aws('s3', 'ls', 's3://cur-bucket/cur-prefix/'),
      aws('s3', 'cp', 's3://cur-bucket/cur-prefix/2025-09/a b+ü.csv', '-'),
    ]);
    expect(listing.split('\n').map((line) => line.trim().split(/\s+/).slice(-2))).toEqual([
      ['PRE', '2025-09/'],
      ['2', 'manifest.json'],
      [''],
    ]);
    expect(copy).toBe('line\n');
  });

  test('says who calls, and what a role may do', async () => {
    const [identity, simulation] = await Promise.all([
      aws('sts', 'get-caller-identity'),
      aws(
        'iam',
        'simulate-principal-policy',
        '--output',
        'text',
        '--query',
        'EvaluationResults[].EvalDecision',
        '--policy-source-arn',
        'arn:aws:iam::012345678901:role/cur-ingest-prod',
        '--action-names',
        's3:GetObject',
        'athena:StartQueryExecution',
        '--resource-arns',
        'arn:aws:s3:::cur-bucket/cur-prefix/x',
      ),
    ]);
    expect(JSON.parse(identity)).toMatchObject({
      Account: '012345678901',
      Arn: 'arn:aws:iam::012345678901:root',
    });
    expect(simulation.trim()).toBe('allowed\timplicitDeny');
  });

  test('reports what is not emulated', async () => {
    await expect(aws('iam', 'list-users')).rejects.toThrow(
      /UnknownOperationException.*iam.ListUsers is not emulated/s,
    );
  });
});
