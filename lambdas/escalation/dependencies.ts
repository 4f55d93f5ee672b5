import type { Ledger } from '../platform/ledger/queryable.ts';
import type { PlaybookName } from '../catalog/playbooks/names.ts';
import type { Links } from '../notifications/acknowledge-link.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Notify } from '../notifications/notify.ts';
import type { Settings } from '../platform/settings.ts';
import { type RunFollowUp } from './follow-ups.ts';
import type { Page } from './pager/order.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface EscalationDependencies {
  readonly settings: Settings;
  readonly playbooks: readonly PlaybookName[];
  readonly pool: () => Ledger;
  readonly tools: ReadTools;
  readonly notify: Notify;
  readonly subscriptions: Subscriptions;
  readonly followUp: RunFollowUp;
  readonly page: Page;
  readonly links: Links | undefined;
  readonly now: () => Date;
  /** Why nobody is called: none of our functions has ordered it. @throws when that can't be checked */
  readonly orderFault: () => Promise<string | undefined>;
}
