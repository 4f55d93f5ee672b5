import type { Pool } from 'pg';
import type { Clock } from '../../emulator/kernel/clock.ts';
import type { LogWriter } from './contracts.ts';
import type { Switches } from './switches.ts';

const EVERY_MS = 10 * 60_000;
const AUDIT_WRITER = 'audit-event-writer';

/** Shows that audit events are being written: a line every ten minutes, also when there were none. */
export class AuditWriter {
  private readonly clock: Clock;
  private readonly pool: Pool;
  private readonly logs: LogWriter;
  private readonly group: string;
  private readonly switches: Switches;

  constructor(needs: { clock: Clock; pool: Pool; logs: LogWriter; group: string; switches: Switches }) {
    this.clock = needs.clock;
    this.pool = needs.pool;
    this.logs = needs.logs;
    this.group = needs.group;
    this.switches = needs.switches;
  }

  /** Writes its first line at once, over the last ten minutes. */
  async start(): Promise<void> {
    await this.beat(new Date(this.clock.now().getTime() - EVERY_MS));
  }

  /** No more lines from now on. */
  async silence(): Promise<void> {
    await this.switches.set(AUDIT_WRITER, { kind: 'silent' });
  }

  async speak(): Promise<void> {
    await this.switches.set(AUDIT_WRITER, undefined);
  }

  private async beat(since: Date): Promise<void> {
    const now = this.clock.now();
    this.clock.at(AUDIT_WRITER, new Date(now.getTime() + EVERY_MS), () => this.beat(now));
    if (this.switches.of(AUDIT_WRITER)) return;
    this.say(now, await this.line(since, now));
  }

  private async line(since: Date, now: Date): Promise<string> {
    try {
      const { rows } = await this.pool.query<{ events: number }>(
        'select count(*)::int as events from audit_event where occurred_at > $1 and occurred_at <= $2',
        [since.toISOString(), now.toISOString()],
      );
      return `INFO ${AUDIT_WRITER} wrote ${rows[0]?.events ?? 0} audit events since ${since.toISOString()}`;
    } catch (error) {
      return `ERROR ${AUDIT_WRITER} could not write audit events: ${(error as Error).message}`;
    }
  }

  private say(now: Date, line: string): void {
    this.logs.append(this.group, `${now.toISOString().slice(0, 10).replaceAll('-', '/')}/writer`, line, now);
  }
}
