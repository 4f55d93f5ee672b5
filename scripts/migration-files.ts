import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Migration } from '../lambdas/record/migrations.ts';

const FOLDER = join(import.meta.dirname, '../lambdas/record/migrations');

/** As the bundle has them, by the names of their files, such as `001-record.sql`: Node itself imports no SQL. */
export const migrationFiles = (): Migration[] =>
  readdirSync(FOLDER)
    .sort()
    .map((file, i) => {
      const sql = readFileSync(join(FOLDER, file), 'utf8');
      return {
        version: i + 1,
        name: file.slice('001-'.length, -'.sql'.length),
        sql,
        ...(sql.includes('concurrently') && { concurrent: true as const }),
      };
    });
