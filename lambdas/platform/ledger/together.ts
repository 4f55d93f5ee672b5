import { firstRow, type Queryable } from './queryable.ts';

/** A statement that only reads, and what its rows say. They may have been JSON: a time is then a text. */
export interface Asked<T> {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly read: (rows: readonly never[]) => T;
}

type Answers<Of> = { readonly [K in keyof Of]: Of[K] extends Asked<infer T> ? T : never };

/** All of them as one statement, and so as of one moment. */
export async function askTogether<Of extends Readonly<Record<string, Asked<unknown>>>>(
  on: Queryable,
  all: Of,
): Promise<Answers<Of>> {
  const values: unknown[] = [];
  const columns = Object.entries(all).map(([name, one]) => {
    const sql = one.sql.replaceAll(/\$(\d+)/g, (_, n: string) => `$${values.length + Number(n)}`);
    values.push(...one.values);
    return `(select coalesce(jsonb_agg(to_jsonb(answer)), '[]') from (${sql}) answer) as "${name}"`;
  });
  const row = await firstRow<Record<string, readonly never[]>>(on, `select ${columns.join(',\n')}`, values);
  return Object.fromEntries(
    Object.entries(all).map(([name, { read }]) => [name, read(row?.[name] ?? [])]),
  ) as Answers<Of>;
}

export const ask = async <T>(on: Queryable, { sql, values, read }: Asked<T>): Promise<T> =>
  read((await on.query<never>(sql, values)).rows);
