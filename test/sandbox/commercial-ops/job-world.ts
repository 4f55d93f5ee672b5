import type { Pool } from 'pg';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { freshSandbox } from '../../support/sandbox.ts';
import { ask } from './world.ts';

export interface JobWorld {
  readonly sandbox: Sandbox;
  /** On the ledger, as its administrator. */
  readonly pool: Pool;
  /** Invokes a function, and gives its answer. @throws its error */
  call(name: string, payload?: object): Promise<Record<string, unknown>>;
  /** One value of the ledger, as text. */
  ask(sql: string, values?: unknown[]): Promise<string | null>;
  /** The lines of a log group, without Lambda's own. */
  lines(group: string): string[];
  close(): Promise<void>;
}

/** A booted sandbox, seen through its jobs: 2025-09 is closed, 2026-10 closing, 2026-11 open. */
export async function jobWorld(): Promise<JobWorld> {
  const world = await freshSandbox();
  const { sandbox } = world;
  const { lambda, logs } = sandbox.services;
  return {
    sandbox,
    pool: sandbox.pool,
    close: () => world.close(),
    async call(name, payload) {
      const answer = await lambda.invoke({ function: name, type: 'RequestResponse', payload });
      const body = JSON.parse(answer.payload ?? 'null') as Record<string, unknown>;
      if (answer.functionError === undefined) return body;
      throw new Error(String(body['errorMessage']));
    },
    ask: (sql, values) => ask(sandbox.pool, sql, values),
    lines: (group) =>
      logs
        .events(group)
        .map(({ message }) => message)
        .filter((line) => !/^(START|END|REPORT) /.test(line)),
  };
}
