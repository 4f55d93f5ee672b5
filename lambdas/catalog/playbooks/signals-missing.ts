import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { deciding } from '../../domain/decision.ts';
import { signalsDatapoints, type SignalsDatapoints } from '../probes/signals-datapoints.ts';
import { signalsLog } from '../probes/error-logs.ts';
import { UNMEASURED } from '../../domain/metrics.ts';
import type { LogErrors } from '../probes/log-probe.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';

/** Two runs of the schedule: one may be late. */
const FRESH_MINUTES = 10;

const WATCH_SIGNALS = 'Watch the signals function itself: an alarm on its errors and on missing invocations';

const { branches, leave, escalate } = deciding({
  measured: {
    when: `all business metrics were measured within the last ${FRESH_MINUTES} minutes`,
    then: 'nothing',
  },
  'some-fail': {
    when: 'others are measured, but some cannot be',
    then: 'a person: check the named error',
    prevention: WATCH_SIGNALS,
  },
  'not-published': {
    when: 'the signals function is called, and publishes nothing',
    then: 'a person: check its log',
    prevention: WATCH_SIGNALS,
  },
  'not-called': {
    when: 'nothing is published, for nobody calls the signals function',
    then: 'a person: check its schedule',
    prevention: WATCH_SIGNALS,
  },
});

/**
 * Signals that stop are a fault of our own (schedule, permission, ledger): no other billing alarm can
 * be trusted then. A person fixes it; this says where to look.
 */
export const signalsMissing = definePlaybook({
  id: 'signals-missing',
  section: 'Observability: signals',
  symptoms: ['No business metric has had a new value for ten minutes.'],
  alarms: [
    alarmOn(UNMEASURED, {
      name: 'signals-missing',
      threshold: { above: 0 },
      severity: 'SEV-2',
      title: '[# ]metrics are not measured',
      unit: 'metrics',
      description:
        'Business metrics are not measured any more: no other alarm of the billing subsystem can be trusted.',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'breaching',
    }),
  ],
  target: z.strictObject({}),
  targetOf: () => ({}),
  probes: { datapoints: signalsDatapoints, log: signalsLog },

  branches,
  decide({ datapoints, log }) {
    if (isMeasured(datapoints)) return leave('measured', 'all signals are measured again');
    const said = log.newest ? `; its log's newest error: ${log.newest}` : '';
    if (isFresh(datapoints)) {
      return escalate(
        'some-fail',
        `${datapoints.unmeasured ?? 'some'} business metrics cannot be measured${said}`,
        'SEV-2',
      );
    }
    const since = datapoints.last ? `since ${moment(datapoints.last)}` : 'for more than 12 hours';
    const called = wasCalledSince(datapoints, log);
    return escalate(
      called ? 'not-published' : 'not-called',
      called
        ? `the business metrics have not been published ${since}, although the signals function is called${said}`
        : `nobody has measured the business metrics ${since}, nor called the signals function: look at its schedule`,
      'SEV-2',
    );
  },

  actions: [],
  recovery: {
    probes: { datapoints: signalsDatapoints },
    check: ({ datapoints }) => ({
      healthy: isMeasured(datapoints),
      summary: signalsDatapoints.describe(datapoints as never),
    }),
  },
});

/** A call writes its last line within seconds of publishing. */
const CALL_MS = 120_000;

function wasCalledSince({ last }: Datapoints, log: LogErrors): boolean {
  if (log.last === null) return false;
  return last === null || Date.parse(log.last) > Date.parse(last) + CALL_MS;
}

type Datapoints = z.infer<typeof SignalsDatapoints>;
const isFresh = ({ minutes }: Datapoints): boolean => minutes !== null && minutes <= FRESH_MINUTES;
const isMeasured = (datapoints: Datapoints): boolean => isFresh(datapoints) && datapoints.unmeasured === 0;
