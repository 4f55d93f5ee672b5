import record from './migrations/001-record.sql';
import oneAfterAnother from './migrations/002-one-after-another.sql';
import standingOrders from './migrations/003-standing-orders.sql';
import commands from './migrations/004-commands.sql';
import people from './migrations/005-people.sql';
import auditOfTheOwner from './migrations/006-audit-of-the-owner.sql';
import meaningInColumns from './migrations/007-meaning-in-columns.sql';
import secondPerson from './migrations/008-second-person.sql';
import measurements from './migrations/010-measurements.sql';
import announcements from './migrations/011-announcements.sql';
import lastEnds from './migrations/012-last-ends.sql';
import notBefore from './migrations/013-not-before.sql';
import transitions from './migrations/014-transitions.sql';
import ordersOnRecord from './migrations/009-orders-on-record.sql';
import kindsOfThePage from './migrations/015-kinds-of-the-page.sql';
import measuredAt from './migrations/016-measured-at.sql';
import compared from './migrations/017-compared.sql';
import growth from './migrations/018-growth.sql';
import refusedRehearsals from './migrations/019-refused-rehearsals.sql';
import incidentNumbers from './migrations/020-incident-numbers.sql';
import auditHeads from './migrations/021-audit-heads.sql';
import pastHeads from './migrations/022-past-heads.sql';
import auditMoments from './migrations/023-audit-moments.sql';
import acknowledged from './migrations/024-acknowledged.sql';
import pagerEvents from './migrations/025-pager-events.sql';

export interface Migration {
  /** Counts from 1 without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Only `create index concurrently if not exists`: runs use their tables meanwhile, so it stands in no transaction. */
  readonly concurrent?: true;
}

/** Forward only: a migration that has landed is never edited; the next one fixes it. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'record', sql: record },
  { version: 2, name: 'one-after-another', sql: oneAfterAnother },
  { version: 3, name: 'standing-orders', sql: standingOrders },
  { version: 4, name: 'commands', sql: commands },
  { version: 5, name: 'people', sql: people },
  { version: 6, name: 'audit-of-the-owner', sql: auditOfTheOwner },
  { version: 7, name: 'meaning-in-columns', sql: meaningInColumns },
  { version: 8, name: 'second-person', sql: secondPerson },
  { version: 9, name: 'orders-on-record', sql: ordersOnRecord },
  { version: 10, name: 'measurements', sql: measurements },
  { version: 11, name: 'announcements', sql: announcements },
  { version: 12, name: 'last-ends', sql: lastEnds },
  { version: 13, name: 'not-before', sql: notBefore },
  { version: 14, name: 'transitions', sql: transitions },
  { version: 15, name: 'kinds-of-the-page', sql: kindsOfThePage },
  { version: 16, name: 'measured-at', sql: measuredAt },
  { version: 17, name: 'compared', sql: compared },
  { version: 18, name: 'growth', sql: growth, concurrent: true },
  { version: 19, name: 'refused-rehearsals', sql: refusedRehearsals },
  { version: 20, name: 'incident-numbers', sql: incidentNumbers },
  { version: 21, name: 'audit-heads', sql: auditHeads },
  { version: 22, name: 'past-heads', sql: pastHeads },
  { version: 23, name: 'audit-moments', sql: auditMoments, concurrent: true },
  { version: 24, name: 'acknowledged', sql: acknowledged },
  { version: 25, name: 'pager-events', sql: pagerEvents },
];
