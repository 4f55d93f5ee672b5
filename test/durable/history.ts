import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An operation as a contract: what a person who reads a history, or a run that is replayed, goes by. */
export interface Operation {
  readonly name?: string;
  readonly type: string;
  readonly subType?: string;
  readonly status: string;
  /** Name of the operation that it lies in. */
  readonly within?: string;
}

interface Raw {
  readonly id?: string | undefined;
  readonly parent?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly subType?: string | undefined;
  readonly status?: string | undefined;
}

/** Ids are hashes of positions, and differ between engines in form only: the parent is told by its name. */
export function contractOf(operations: readonly Raw[]): Operation[] {
  const names = new Map(operations.map(({ id, name }) => [id, name]));
  return operations.map(({ name, type = '', subType, status = '', parent }) => {
    const within = names.get(parent);
    return {
      ...(name !== undefined && { name }),
      type,
      ...(subType !== undefined && { subType }),
      status,
      ...(within !== undefined && { within }),
    };
  });
}

/**
 * The history that was agreed on. A changed step name breaks runs that are under way while it is deployed, so it is
 * to be seen in review: `UPDATE_HISTORIES=1 npx jest test/durable` writes the files anew.
 */
export function golden(name: string, actual: readonly Operation[]): readonly Operation[] {
  const file = join(import.meta.dirname, '..', 'fixtures', 'histories', `${name}.json`);
  if (process.env['UPDATE_HISTORIES'] === '1') writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`);
  if (!existsSync(file)) {
    throw new Error(`there is no history "${name}" yet; UPDATE_HISTORIES=1 npx jest test/durable writes it`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Operation[];
}
