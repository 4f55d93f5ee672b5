import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { LogStore } from './logs-store.ts';
import type { LogEvent } from './logs-store.ts';

export interface LogGroup {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly retentionDays?: number;
}

const DAY_MS = 86_400_000;
/** A line needs some seconds until a search finds it. */
export const SEARCHABLE_AFTER_MS = 5_000;
/** The retentions that CloudWatch Logs accepts. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** CloudWatch Logs: groups and their events. */
export class Logs {
  readonly groups: Collection<LogGroup>;
  private readonly clock: Clock;
  private readonly store: LogStore;

  constructor({ store, clock }: { store: Pick<Store, 'collection'>; clock: Clock }) {
    this.clock = clock;
    this.groups = store.collection<LogGroup>('logs.group');
    this.store = new LogStore(store, clock);
  }

  /** Creates the group, or changes its retention. */
  async createGroup(input: { name: string; retentionDays?: number }): Promise<void> {
    const { name, retentionDays } = input;
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
      throw new AwsError(
        'InvalidParameterException',
        `The log group's name is ${JSON.stringify(name)}; wanted: 1 to 512 of A-Z a-z 0-9 . - _ / #.`,
      );
    if (retentionDays !== undefined && !RETENTIONS.includes(retentionDays))
      throw new AwsError(
        'InvalidParameterException',
        `retentionInDays is ${retentionDays}; wanted: one of ${RETENTIONS.join(', ')}.`,
      );
    const createdAt = this.groups.get(name)?.createdAt ?? this.clock.now().getTime();
    await this.groups.put(name, { name, createdAt, ...(retentionDays !== undefined && { retentionDays }) });
  }

  /** With all its events. */
  async deleteGroup(name: string): Promise<void> {
    await Promise.all([this.groups.delete(name), this.store.forget(name)]);
  }

  /** For the emulator's own services: creates a missing group, and does not wait for the store. */
  append(group: string, stream: string, message: string, at: Date = this.clock.now()): void {
    if (!this.groups.get(group)) this.clock.spawn('log group', () => this.createGroup({ name: group }));
    this.store.add(group, stream, message, at.getTime());
  }

  /** A group's events within its retention, oldest first. @throws AwsError `ResourceNotFoundException` */
  events(group: string): LogEvent[] {
    const { retentionDays } = this.group(group);
    const events = this.store.events(group);
    if (retentionDays === undefined) return events;
    const oldest = this.clock.now().getTime() - retentionDays * DAY_MS;
    return events.filter(({ at }) => at >= oldest);
  }

  /** Those that a search finds: not yet the newest. @throws AwsError `ResourceNotFoundException` */
  searchable(group: string): LogEvent[] {
    const until = this.clock.now().getTime() - SEARCHABLE_AFTER_MS;
    return this.events(group).filter(({ at, ingestedAt }) => Math.min(at, ingestedAt) <= until);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (!group)
      throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${name}`);
    return group;
  }
}
