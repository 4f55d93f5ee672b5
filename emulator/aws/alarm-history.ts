import { randomUUID } from 'node:crypto';
import type {
  AlarmHistoryItem,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmHistoryCommandOutput,
  HistoryItemType,
} from '@aws-sdk/client-cloudwatch';
import type { Collection, Store } from '../kernel/store.ts';
import { MINUTE_MS } from './alarm-window.ts';

interface StoredItem {
  readonly alarm: string;
  readonly type: HistoryItemType;
  /** ISO 8601. */
  readonly at: string;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

/** CloudWatch keeps 30 days. */
const KEPT_MS = 30 * 24 * 60 * MINUTE_MS;
const ITEMS_A_PAGE = 100;

/** What happened to alarms: changes of configuration and of state, and actions that succeeded or failed. */
export class AlarmHistory {
  private readonly items: Collection<StoredItem>;

  constructor(store: Pick<Store, 'collection'>) {
    this.items = store.collection<StoredItem>('cloudwatch.history');
  }

  async add(alarm: string, type: HistoryItemType, at: Date, summary: string, data: object): Promise<void> {
    await this.items.put(randomUUID(), {
      alarm,
      type,
      at: at.toISOString(),
      summary,
      data: JSON.stringify(data),
    });
  }

  describe(input: DescribeAlarmHistoryCommandInput): Omit<DescribeAlarmHistoryCommandOutput, '$metadata'> {
    const from = input.StartDate?.toISOString();
    const until = input.EndDate?.toISOString();
    const matching = this.items
      .all()
      .filter(
        (item) =>
          (!input.AlarmName || item.alarm === input.AlarmName) &&
          (!input.HistoryItemType || item.type === input.HistoryItemType) &&
          (from === undefined || item.at >= from) &&
          (until === undefined || item.at <= until),
      );
    // Newest first by default; items of one moment keep the order in which they happened.
    if (input.ScanBy !== 'TimestampAscending') matching.reverse();
    const start = Number(input.NextToken ?? 0);
    const size = input.MaxRecords ?? ITEMS_A_PAGE;
    return {
      AlarmHistoryItems: matching.slice(start, start + size).map(shown),
      ...(start + size < matching.length && { NextToken: String(start + size) }),
    };
  }

  async prune(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - KEPT_MS).toISOString();
    for (const [key, item] of this.items.entries()) if (item.at < oldest) await this.items.delete(key);
  }
}

const shown = (item: StoredItem): AlarmHistoryItem => ({
  AlarmName: item.alarm,
  AlarmType: 'MetricAlarm',
  Timestamp: new Date(item.at),
  HistoryItemType: item.type,
  HistorySummary: item.summary,
  HistoryData: item.data,
});
