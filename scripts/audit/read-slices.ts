import type { ClientBase } from 'pg';
import { PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { COMMANDS, EVENTS, readOfIncidents, REMEDIATIONS, type InChain } from './read-record.ts';
import { byteOrder } from './sorted-lines.ts';
import type { RecordRows } from './verify-record.ts';

/** Some chains with what lies beside them, or a part of the chain of people's commands. */
export interface Slice {
  readonly chains: readonly (readonly [chain: string, rows: readonly AuditRow[]])[];
  readonly record: RecordRows;
  /** Whether its chains are whole with it. */
  readonly ends: boolean;
}

/** Incidents at a time, with all their evidence. */
const MOST_CHAINS = 64;
const MOST_ENTRIES = 2_000;
const AT_ONCE = 1_000;

const CHAINS = `
select chain, sum(entries)::int as entries from (
  select chain, count(*) as entries from responder.audit group by chain
  union all select distinct incident_id, 0 from responder.run where incident_id is not null
  union all select distinct incident_id, 0 from responder.told
  union all select '${PEOPLES_CHAIN}', 0
) listed group by chain order by chain collate "C"`;
const ENTRY = `select chain, seq, key, at, kind, body, login, previous, hash from responder.audit`;
const OF_CHAINS = `${ENTRY} where chain = any($1) order by chain collate "C", seq`;
const OF_PEOPLE = `${ENTRY} where chain = '${PEOPLES_CHAIN}' and seq > $1 order by seq limit ${MOST_ENTRIES}`;

/**
 * All chains by the bytes of their names, as of one moment, a few at a time.
 * @param client in a transaction that sees one moment
 */
export async function* readSlices(client: ClientBase): AsyncGenerator<Slice> {
  const beside = {
    events: await Cursor.open<InChain<'events'>>(client, 'events', EVENTS),
    remediations: await Cursor.open<InChain<'remediations'>>(client, 'remediations', REMEDIATIONS),
    commands: await Cursor.open<InChain<'commands'>>(client, 'commands', COMMANDS),
  };
  const taken = async (isWanted: (row: { chain: string; at: string }) => boolean) => ({
    events: bare(await beside.events.takeWhile(isWanted)),
    remediations: bare(await beside.remediations.takeWhile(isWanted)),
    commands: bare(await beside.commands.takeWhile(isWanted)),
  });
  /** What was written about that chain until then, or about chains before it. */
  const upTo = async (chain: string, until?: string): Promise<Pick<RecordRows, keyof typeof beside>> => {
    const name = byteOrder(chain);
    const isBefore = (row: { chain: string; at: string }): boolean => {
      const own = byteOrder(row.chain);
      return own < name || (own === name && (until === undefined || row.at <= until));
    };
    return taken(isBefore);
  };
  const ofIncidents = async (chains: readonly string[]): Promise<Slice> => {
    const { rows } = await client.query<AuditRow>(OF_CHAINS, [chains]);
    const record = await readOfIncidents(client, chains);
    const own = Map.groupBy(rows, ({ chain }) => chain);
    return { chains: [...own], record: { ...record, ...(await upTo(chains.at(-1) ?? '')) }, ends: true };
  };

  const chains = await Cursor.open<{ chain: string; entries: number }>(client, 'chains', CHAINS);
  let [waiting, entries]: [string[], number] = [[], 0];
  for (;;) {
    const next = await chains.take();
    const isFull = waiting.length === MOST_CHAINS || entries + (next?.entries ?? 0) > MOST_ENTRIES;
    if (waiting.length > 0 && (isFull || next === undefined || next.chain === PEOPLES_CHAIN)) {
      yield await ofIncidents(waiting);
      [waiting, entries] = [[], 0];
    }
    if (next === undefined) break;
    if (next.chain !== PEOPLES_CHAIN) {
      waiting.push(next.chain);
      entries += next.entries;
      continue;
    }
    for (let last: AuditRow | undefined, ends = false; !ends;) {
      const { rows }: { rows: AuditRow[] } = await client.query<AuditRow>(OF_PEOPLE, [last?.seq ?? 0]);
      ends = rows.length < MOST_ENTRIES;
      const record = await readOfIncidents(client, ends ? 'none' : []);
      last = rows.at(-1);
      const own = rows.length > 0 ? ([[PEOPLES_CHAIN, rows]] as const) : [];
      yield {
        chains: own,
        record: { ...record, ...(await upTo(PEOPLES_CHAIN, ends ? undefined : last?.at)) },
        ends,
      };
    }
  }
  const none = { runs: [], guards: [], approvers: [], told: [], evidence: [] };
  yield { chains: [], record: { ...none, ...(await taken(() => true)) }, ends: true };
}

const bare = <Row extends { chain: string }>(rows: readonly Row[]): Omit<Row, 'chain'>[] =>
  rows.map(({ chain: _, ...row }) => row);

/** Rows of one statement, some at a time. */
class Cursor<Row extends object> {
  #rows: Row[] = [];
  readonly #fetch: () => Promise<Row[]>;

  private constructor(fetch: () => Promise<Row[]>) {
    this.#fetch = fetch;
  }

  static async open<Row extends object>(client: ClientBase, name: string, sql: string): Promise<Cursor<Row>> {
    await client.query(`declare ${name} no scroll cursor for ${sql}`);
    return new Cursor(async () => (await client.query<Row>(`fetch ${AT_ONCE} from ${name}`)).rows);
  }

  /** @returns undefined: there is no more */
  async #next(): Promise<Row | undefined> {
    if (this.#rows.length === 0) this.#rows = (await this.#fetch()).reverse();
    return this.#rows.at(-1);
  }

  async take(): Promise<Row | undefined> {
    await this.#next();
    return this.#rows.pop();
  }

  async takeWhile(isWanted: (row: Row) => boolean): Promise<Row[]> {
    const taken: Row[] = [];
    for (let row; (row = await this.#next()) && isWanted(row); this.#rows.pop()) taken.push(row);
    return taken;
  }
}
