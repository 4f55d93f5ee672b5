import { ROOT } from '../kernel/credentials.ts';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { s3Definition } from '../aws/s3-definition.ts';
import { S3 } from '../aws/s3.ts';
import { matching } from './support/matching.ts';
import { makeWorld, serve } from './wire/serve.ts';
import type { Served, World } from './wire/serve.ts';

const Bucket = 'cur-bucket';
let dataDir: string;
let world: World;
let s3: S3;
let served: Served;
let client: S3Client;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 's3-'));
  world = makeWorld();
  // By hand, without a signature.
  world.credentials.admit({ accessKeyId: 'K', secretAccessKey: '' }, { arn: ROOT.arn });
  s3 = new S3({ ...world, dataDir });
  served = await serve(world, [s3Definition(s3, world.iam)]);
  client = new S3Client(served.config());
  await s3.createBucket(Bucket);
});
afterAll(async () => {
  client.destroy();
  await served.close();
  await rm(dataDir, { recursive: true });
});

const text = async (Key: string, more = {}): Promise<string> =>
  (await (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString()) ?? '';

test('who may not list a bucket is refused a missing key, whatever the prefix of the right to list', async () => {
  await world.iam.createRole({
    name: 'reader',
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
    policies: [
      {
        name: 'read',
        document: {
          Statement: [
            { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
            {
              Effect: 'Allow',
              Action: 's3:ListBucket',
              Resource: `arn:aws:s3:::${Bucket}`,
              Condition: { StringLike: { 's3:prefix': 'listed/*' } },
            },
          ],
        },
      },
    ],
  });
  const key = world.credentials.issue({
    arn: 'arn:aws:sts::012345678901:assumed-role/reader/s',
    roleName: 'reader',
  });
  const reader = new S3Client(served.config(key));
  const get = (Key: string) => reader.send(new GetObjectCommand({ Bucket, Key }));
  await s3.put(Bucket, 'hidden/there', Buffer.from('x'));
  await expect(get('hidden/there')).resolves.toMatchObject({ ContentLength: 1 });
  await expect(get('hidden/gone')).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  await expect(reader.send(new HeadObjectCommand({ Bucket, Key: 'hidden/gone' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  await expect(get('listed/gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
  await s3.delete(Bucket, 'hidden/there');
  reader.destroy();
});

describe('objects', () => {
  test('are stored and returned with their metadata, under any name', async () => {
    const keys = [
      'cur-prefix/2025-09/part-0.parquet',
      'a b+c&d=é/€?#%.txt',
      'x/../y',
      '/leading',
      'dir/',
      'dir',
      'dir/under',
      '.hidden',
      'x'.repeat(300),
    ];
    for (const Key of keys) {
      const put = new PutObjectCommand({
        Bucket,
        Key,
        Body: `body of ${Key}`,
        ContentType: 'text/plain',
        Metadata: { by: 'test' },
      });
      await client.send(put);
    }
    for (const Key of keys) {
      const found = await client.send(new GetObjectCommand({ Bucket, Key }));
      expect(await found.Body?.transformToString()).toBe(`body of ${Key}`);
      expect(found).toMatchObject({
        ContentType: 'text/plain',
        ContentLength: Buffer.byteLength(`body of ${Key}`),
        ETag: `"${createHash('md5').update(`body of ${Key}`).digest('hex')}"`,
        Metadata: { by: 'test' },
      });
      expect(await readFile(s3.filePath(Bucket, Key), 'utf8')).toBe(`body of ${Key}`);
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    expect(s3.list(Bucket)).toEqual([]);
  });

  test('keep the folders of plain keys on disk, and leave no body behind when replaced or deleted', async () => {
    await s3.put(Bucket, 'fact/period=2025-09/part-0.parquet', Buffer.from('one'));
    const first = s3.filePath(Bucket, 'fact/period=2025-09/part-0.parquet');
    expect(path.relative(dataDir, first)).toMatch(
      /^cur-bucket\/fact\/period=2025-09\/part-0\.[0-9a-f]+\.parquet$/,
    );
    await s3.put(Bucket, 'fact/period=2025-09/part-0.parquet', Buffer.from('two'));
    const second = s3.filePath(Bucket, 'fact/period=2025-09/part-0.parquet');
    expect([existsSync(first), await s3.get(Bucket, 'fact/period=2025-09/part-0.parquet')]).toEqual([
      false,
      Buffer.from('two'),
    ]);
    await s3.delete(Bucket, 'fact/period=2025-09/part-0.parquet');
    expect(existsSync(second)).toBe(false);
  });

  test('are found again by another S3 on the same store and directory', async () => {
    await s3.put(Bucket, 'kept', Buffer.from('kept body'));
    const restarted = new S3({ ...world, dataDir });
    expect((await restarted.get(Bucket, 'kept')).toString()).toBe('kept body');
    expect(restarted.head(Bucket, 'kept')).toEqual(s3.head(Bucket, 'kept'));
  });

  test('If-None-Match: of two writers at once one wins', async () => {
    const put = (Body: string) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' }));
    const results = await Promise.allSettled([put('a'), put('b'), put('c')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  test('a range, and one that there is not', async () => {
    await s3.put(Bucket, 'range', Buffer.from('0123456789'));
    const part = await client.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=2-4' }));
    expect(part).toMatchObject({
      ContentRange: 'bytes 2-4/10',
      ContentLength: 3,
      $metadata: { httpStatusCode: 206 },
    });
    expect(await part.Body?.transformToString()).toBe('234');
    expect(await text('range', { Range: 'bytes=-3' })).toBe('789');
    expect(await text('range', { Range: 'bytes=8-99' })).toBe('89');
    await expect(text('range', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  test('missing ones, buckets, and options that are not emulated', async () => {
    await expect(text('nope')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'nope' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    const put = client.send(new PutObjectCommand({ Bucket: 'nope', Key: 'k', Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(s3.createBucket('../up')).rejects.toMatchObject({ code: 'InvalidBucketName' });
    await expect(text('kept', { PartNumber: 1 })).rejects.toThrow(/does not emulate PartNumber of GetObject/);
    await expect(client.send(new GetObjectTaggingCommand({ Bucket, Key: 'kept' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  test('a body that was damaged on its way is refused', async () => {
    const put = new PutObjectCommand({ Bucket, Key: 'damaged', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    await expect(client.send(put)).rejects.toMatchObject({ name: 'BadDigest' });
    expect(s3.find(Bucket, 'damaged')).toBeUndefined();
  });
});

describe('uploads in pieces', () => {
  test('aws-chunked, with the checksum behind the body', async () => {
    const Body = Readable.from(['one ', 'two ', 'three'].map((piece) => Buffer.from(piece)));
    await client.send(new PutObjectCommand({ Bucket, Key: 'chunked', Body, ContentLength: 13 }));
    expect(await text('chunked')).toBe('one two three');
    expect(s3.head(Bucket, 'chunked').headers).toEqual({});
    expect(world.calls.at(-2)?.input).toMatchObject({
      ContentLength: 13,
      ChecksumCRC32: s3.head(Bucket, 'chunked').crc32,
    });
  });

  test('a chunked body that breaks off is refused', async () => {
    const status = await put('broken', '5\r\nab', {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '5',
    });
    expect(status).toBe(400);
    expect(s3.find(Bucket, 'broken')).toBeUndefined();
  });

  test('Expect: 100-continue', async () => {
    expect(await put('expected', 'hello', { expect: '100-continue' })).toBe(200);
    expect(await text('expected')).toBe('hello');
  });
});

describe('listing', () => {
  beforeAll(async () => {
    await s3.createBucket('listed');
    for (const key of ['b/1', 'a', 'b/2', 'c d/1', 'é', 'b/deep/1', 'z'])
      await s3.put('listed', key, Buffer.from('x'));
  });

  test('in order, page by page, each key once', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const keys: (string | undefined)[] = [];
      for await (const page of paginateListObjectsV2({ client, pageSize: MaxKeys }, { Bucket: 'listed' })) {
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
      }
      expect(keys).toEqual(['a', 'b/1', 'b/2', 'b/deep/1', 'c d/1', 'z', 'é']);
    }
  });

  test('with a delimiter, page by page, each folder once', async () => {
    for (const MaxKeys of [1, 2, 1000]) {
      const names: (string | undefined)[] = [];
      for await (const page of paginateListObjectsV2(
        { client, pageSize: MaxKeys },
        { Bucket: 'listed', Delimiter: '/' },
      )) {
        names.push(
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
          ...(page.Contents ?? []).map(({ Key }) => Key),
        );
      }
      expect(names.sort()).toEqual(['a', 'b/', 'c d/', 'z', 'é']);
    }
    const under = await client.send(
      new ListObjectsV2Command({ Bucket: 'listed', Prefix: 'b/', Delimiter: '/' }),
    );
    expect([under.KeyCount, under.CommonPrefixes, under.Contents?.map(({ Key }) => Key)]).toEqual([
      3,
      [{ Prefix: 'b/deep/' }],
      ['b/1', 'b/2'],
    ]);
  });

  test('url encoding, starting points and wrong tokens', async () => {
    const encoded = await client.send(
      new ListObjectsV2Command({ Bucket: 'listed', Prefix: 'c d/', EncodingType: 'url' }),
    );
    expect([encoded.Prefix, encoded.Contents?.[0]?.Key]).toEqual(['c%20d/', 'c%20d/1']);
    const after = await client.send(
      new ListObjectsV2Command({ Bucket: 'listed', StartAfter: 'b/2', MaxKeys: 1 }),
    );
    expect(after.Contents?.[0]?.Key).toBe('b/deep/1');
    const wrong = client.send(new ListObjectsV2Command({ Bucket: 'listed', ContinuationToken: '***' }));
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  test('without versioning each object has one version "null", which can be read and deleted', async () => {
    const Bucket = 'plain-versions';
    await s3.createBucket(Bucket);
    for (const body of ['one', 'two'])
      await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: body }));
    const list = () => client.send(new ListObjectVersionsCommand({ Bucket }));
    const { Versions = [] } = await list();
    expect(Versions).toMatchObject([{ Key: 'a', VersionId: 'null', IsLatest: true }]);
    const named = { Bucket, Key: 'a', VersionId: 'null' };
    const { Body } = await client.send(new GetObjectCommand(named));
    expect(await Body?.transformToString()).toBe('two');
    await client.send(new DeleteObjectCommand(named));
    expect((await list()).Versions).toBeUndefined();
  });
});

describe('a bucket under Object Lock', () => {
  const Bucket = 'locked';
  const DAY = 86_400_000;
  const put = (Key: string, Body: string, more = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const remove = (Key: string, VersionId?: string) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true }));
  const read = async (Key: string, VersionId?: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
  beforeAll(() => s3.createBucket(Bucket, { versioned: true, objectLock: { days: 2 } }));

  test('keeps what is replaced or deleted as a version, which can be read', async () => {
    const first = await put('head', 'one');
    const second = await put('head', 'two');
    const marker = await remove('head');
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: matching(/./) });
    await expect(read('head')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect([await read('head', first.VersionId), await read('head', second.VersionId)]).toEqual([
      'one',
      'two',
    ]);
    await expect(read('head', marker.VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'head' }));
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [second.VersionId, false],
      [first.VersionId, false],
    ]);
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
    await remove('head', marker.VersionId);
    expect(await read('head')).toBe('two');
  });

  test('lets no version go before its time, by its default or as the writer says', async () => {
    const { VersionId } = await put('kept', 'a');
    await expect(remove('kept', VersionId)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: matching(/object lock/),
    });
    const until = new Date(world.clock.now().getTime() + 9 * DAY);
    const longer = await put('longer', 'b', {
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: until,
    });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'longer' }));
    expect(head).toMatchObject({ ObjectLockMode: 'COMPLIANCE', VersionId: longer.VersionId });
    expect(head.ObjectLockRetainUntilDate?.getTime()).toBe(until.getTime());
    await world.clock.advanceTo(new Date(world.clock.now().getTime() + 3 * DAY));
    await remove('kept', VersionId);
    await expect(read('kept')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(remove('longer', longer.VersionId)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('lets a version under governance go only to a caller who bypasses it', async () => {
    const governed = 'governed-bucket';
    await s3.createBucket(governed, { versioned: true, objectLock: { days: 2, mode: 'GOVERNANCE' } });
    const { VersionId } = await client.send(
      new PutObjectCommand({ Bucket: governed, Key: 'kept', Body: 'a' }),
    );
    const version = { Bucket: governed, Key: 'kept', VersionId };
    expect(await client.send(new GetObjectRetentionCommand(version))).toMatchObject({
      Retention: { Mode: 'GOVERNANCE' },
    });
    await expect(client.send(new DeleteObjectCommand(version))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await client.send(new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true }));
    expect((await client.send(new ListObjectVersionsCommand({ Bucket: governed }))).Versions).toBeUndefined();
  });

  test('refuses a lock that is in the past, incomplete or on another bucket', async () => {
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(0) };
    await expect(put('past', 'x', lock)).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(put('half', 'x', { ObjectLockMode: 'COMPLIANCE' })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
    const elsewhere = new PutObjectCommand({ Bucket: 'cur-bucket', Key: 'k', Body: 'x' });
    Object.assign(elsewhere.input, lock);
    await expect(client.send(elsewhere)).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('writes once with If-None-Match, and lists all versions page by page', async () => {
    await put('once', '1', { IfNoneMatch: '*' });
    await expect(put('once', '2', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    for (const body of ['2', '3']) await put('once', body);
    const seen: unknown[] = [];
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    do {
      const page = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: 'once', MaxKeys: 2, ...marker }),
      );
      for (const { Key, VersionId } of page.Versions ?? []) seen.push(await read(Key ?? '', VersionId));
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    } while (marker.KeyMarker !== undefined);
    expect(seen).toEqual(['3', '2', '1']);
  });
});

test('a role may read what its policy allows, and nothing else', async () => {
  await s3.put(Bucket, 'open/1', Buffer.from('x'));
  const Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/open/*` };
  const trust = {
    Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  await world.iam.createRole({
    name: 'reader',
    trust,
    policies: [{ name: 'read', document: { Statement } }],
  });
  const key = world.credentials.issue({
    arn: 'arn:aws:sts::012345678901:assumed-role/reader/s',
    roleName: 'reader',
  });
  const reader = new S3Client(served.config(key));
  expect(
    await (await reader.send(new GetObjectCommand({ Bucket, Key: 'open/1' }))).Body?.transformToString(),
  ).toBe('x');
  await expect(reader.send(new GetObjectCommand({ Bucket, Key: 'kept' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
});

/** A PUT past the SDK. @returns the status */
function put(key: string, body: string, headers: Record<string, string>): Promise<number> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=K/20250910/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  return new Promise((resolve, reject) => {
    const call = request(`${served.url}/${Bucket}/${key}`, {
      method: 'PUT',
      headers: { ...headers, authorization },
    });
    call.on('error', reject).on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    if (headers['expect']) call.on('continue', () => call.end(body)).flushHeaders();
    else call.end(body);
  });
}
