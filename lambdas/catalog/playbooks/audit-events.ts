import * as z from 'zod';
import { deciding } from '../../domain/decision.ts';
import { auditLog } from '../probes/error-logs.ts';
import { auditTrail, type AuditTrail } from '../probes/audit-trail.ts';
import type { LogErrors } from '../probes/log-probe.ts';
import { definePlaybook } from './definition.ts';

/** Runs that a message names; the evidence has all. */
const NAMED = 3;

const ONE_TRANSACTION = 'Write the audit event in the transaction of the change that it records';

const { branches, leave, escalate } = deciding({
  'not-written': {
    when: 'a run acted within a day, and left no audit event',
    then: 'a person: check at once: changes without a trace break the financial rules',
    prevention: ONE_TRANSACTION,
  },
  'writer-fails': {
    when: 'the writer’s log shows errors',
    then: 'a person: check the writer',
    prevention: ONE_TRANSACTION,
  },
  'log-silent': {
    when: 'the writer’s log has been silent for an hour, but events are in the ledger',
    then: 'a person: check the log, or the writer’s schedule',
    prevention: ONE_TRANSACTION,
  },
  'all-silent': {
    when: 'the writer’s log has been silent for an hour, and the ledger holds no event of the last day',
    then: 'a person: check the writer: nothing shows that it works',
    prevention: ONE_TRANSACTION,
  },
  written: {
    when: 'the writer’s log has lines without errors, and every run that acted has its event',
    then: 'nothing',
  },
});

/** Only people start it. It has nothing to repair: a missing audit event can't be made up. */
export const auditEvents = definePlaybook({
  id: 'audit-events',
  section: '10. General Recovery Commands',
  symptoms: ['Somebody doubts that audit events are being written.'],
  byHand: {
    'aws logs tail /aws/lambda/audit-event-writer': [{ probe: 'audit-log' }],
  },
  alarms: [],
  target: z.strictObject({}),
  targetOf: () => ({}),
  probes: { log: auditLog, trail: auditTrail },

  branches,
  decide({ log, trail }) {
    const { unaudited, acted, events, newest } = trail;
    if (unaudited.length > 0) {
      const more = unaudited.length > NAMED ? ` and ${unaudited.length - NAMED} more` : '';
      return escalate(
        'not-written',
        `${unaudited.length} of ${acted} runs that acted within a day left no audit event: ` +
          `${unaudited.slice(0, NAMED).join(', ')}${more}`,
        'SEV-1',
      );
    }
    if (log.errors > 0) {
      return escalate(
        'writer-fails',
        `the writer of audit events had ${log.errors} errors within the hour (newest: ${log.newest ?? 'unknown'})`,
        'SEV-2',
      );
    }
    if (log.lines === 0) {
      const said = log.exists ? 'has been silent for an hour' : 'does not exist';
      return events > 0
        ? escalate(
            'log-silent',
            `the writer’s log ${said}, but ${events} events of the last day are in the ledger, the newest of ${newest ?? '?'}`,
            'SEV-3',
          )
        : escalate(
            'all-silent',
            `the writer’s log ${said}, and the ledger holds 0 events of the last day`,
            'SEV-2',
          );
    }
    return leave(
      'written',
      `the writer’s log has ${log.lines} lines of the last hour, and none of ${acted} runs that acted is without an event`,
    );
  },

  actions: [],

  recovery: {
    probes: { log: auditLog, trail: auditTrail },
    check: ({ log, trail }) => ({
      healthy: isWritten(log, trail),
      summary: `${log.lines} lines and ${log.errors} errors within the hour; ${auditTrail.describe(trail as never)}`,
    }),
  },
});

const isWritten = (log: LogErrors, { unaudited }: AuditTrail): boolean =>
  log.lines > 0 && log.errors === 0 && unaudited.length === 0;
