import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** File names that are safe for a shell, a glob and DuckDB. */
const PLAIN = /^(?!\.)[\w!'()=@:,+ &~.-]{1,150}$/;

/**
 * Object bodies as files. A body has its own file name and never changes: the object's metadata
 * name the file, so replacing an object is one write of metadata, and a kill in between leaves the
 * old object complete. Folders follow the key (`bucket/period=2025-09/part-0.1f2e3d4c.parquet`) if
 * it is safe.
 */
export class S3Bodies {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** @returns the file, relative to the root */
  async write(bucket: string, key: string, body: Uint8Array): Promise<string> {
    const file = path.join(bucket, fileOf(key));
    const target = path.join(this.root, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, body, { flag: 'wx' });
    return file;
  }

  async remove(file: string): Promise<void> {
    await rm(path.join(this.root, file), { force: true });
  }

  pathOf(file: string): string {
    return path.join(this.root, file);
  }
}

function fileOf(key: string): string {
  const token = randomBytes(6).toString('hex');
  const parts = key.split('/');
  if (!parts.every((part) => PLAIN.test(part))) return path.join('.other', token);
  const { dir, name, ext } = path.posix.parse(key);
  return path.join(...dir.split('/'), `${name}.${token}${ext}`);
}
