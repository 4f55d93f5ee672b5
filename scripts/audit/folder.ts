import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Files } from './files.ts';

/** @throws when the folder holds something already: two exports in one folder would be none */
export function writeFolder(folder: string, files: Files): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty; wanted a new or empty folder for the export`);
  for (const [file, bytes] of files) {
    const path = join(folder, ...file.split('/'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes, { flag: 'wx' });
  }
}

/** @throws when there is no such folder */
export function readFolder(folder: string): Files {
  if (!existsSync(folder))
    throw new Error(`there is no folder ${folder}; wanted one that \`npm run audit -- export\` has written`);
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(join(folder, sep).length).split(sep).join('/'), readFileSync(path)]),
  );
}
