import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Databases } from '../emulator/postgres/databases.ts';
import type { LedgerPasswords } from './commercial-ops/ledger.ts';
import type { ShapeName } from './commercial-ops/report-shape.ts';
import { Sandbox, type SandboxOptions } from './sandbox.ts';
import { settle } from './scenario.ts';

/** A Monday in the middle of a month, in the afternoon: where the worlds of tests and drills stand. */
export const NOW = new Date('2026-11-23T14:00:00Z');

/** Enough for every service and tenant in every month; `npm start` has ten times as many. */
const LINES = 5_000;

/** Where worlds are kept and copied. */
export interface WorldPlace {
  readonly databases: Databases;
  /** Of the databases' names: their maker's own, so that several may share a server. */
  readonly prefix: string;
  /** Holds the files of templates and copies. */
  readonly dir: string;
  readonly passwords: LedgerPasswords;
  /** Whose they are, for people who look at the server. */
  readonly owner: string;
  /** The database of every copy, one after another; by default each has a name of its own. */
  readonly copy?: string;
}

export interface WorldCopy {
  /** What `Sandbox.start` needs; for a second sandbox, too, after the first was stopped or killed. */
  readonly world: Pick<SandboxOptions, 'dir' | 'databases' | 'passwords' | 'prepared' | 'report'>;
  /** Name of its one database. */
  readonly database: string;
  /** Takes its database and files away. Fails when somebody is still connected. */
  readonly drop: () => Promise<void>;
}

/** Which world is copied. */
export interface WorldKind {
  /** Where its clock stands at first. */
  readonly now?: Date;
  /** Some minutes have gone by since: its signals have been measured, and every alarm knows its state. */
  readonly settled?: boolean;
  /** How AWS delivers the cost report. */
  readonly report?: ShapeName;
}

/**
 * A world of its own, with a healthy Commercial-Ops and the stack in it, and nobody running it. Built once for each hour
 * of `now`, and copied: a fraction of a second instead of five.
 */
export async function copyWorld(place: WorldPlace, kind: WorldKind = {}): Promise<WorldCopy> {
  const { databases, prefix, passwords, owner, copy = randomBytes(4).toString('hex') } = place;
  const { template, files } = await makeTemplate(place, kind);
  const database = `${prefix}_sandbox_${copy}`;
  await databases.create(database, { template, comment: owner });
  const url = databases.urlOf(database);
  const dir = mkdtempSync(join(place.dir, 'copy-'));
  cpSync(files, dir, { recursive: true });
  return {
    world: {
      dir,
      databases: { ledger: url, state: url },
      passwords,
      prepared: true,
      ...(kind.report && { report: kind.report }),
    },
    database,
    async drop() {
      try {
        await databases.drop(database);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

interface Template {
  /** Name of its database. */
  readonly template: string;
  /** Its directory. */
  readonly files: string;
}

/** The world that is copied; made now, unless it is there. */
async function makeTemplate(
  place: WorldPlace,
  { now = NOW, settled = false, report = 'by-month' }: WorldKind,
): Promise<Template> {
  const { databases, prefix, passwords, owner } = place;
  mkdirSync(place.dir, { recursive: true });
  const hour = now.toISOString().slice(0, 13).replaceAll(/\D/g, '');
  const kind = report === 'by-month' ? hour : `${hour}_${report.replaceAll('-', '_')}`;
  const name = settled ? `${kind}_settled` : kind;
  const files = join(place.dir, name);
  const template = `${prefix}_template_world_${name}`;
  const before = settled ? await makeTemplate(place, { now, report }) : undefined;
  const build = async (): Promise<void> => {
    const dir = `${files}.making`;
    rmSync(dir, { recursive: true, force: true });
    if (before) cpSync(before.files, dir, { recursive: true });
    const url = databases.urlOf(template);
    const made = await Sandbox.start({
      dir,
      passwords,
      report,
      databases: { ledger: url, state: url },
      ...(before ? { prepared: true } : { now, seed: { lines: LINES } }),
    });
    try {
      if (settled) await settle(made);
    } finally {
      await made.stop();
    }
    rmSync(files, { recursive: true, force: true });
    renameSync(dir, files);
  };
  const comment = `template of ${owner}`;
  await databases.template(template, build, { comment, ...(before && { from: before.template }) });
  if (!existsSync(files)) {
    throw new Error(`the world's files are gone from ${files}, its database is not: start again`);
  }
  return { template, files };
}
