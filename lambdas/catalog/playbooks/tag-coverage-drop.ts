import * as z from 'zod';
import { notifyProvisioning } from '../actions/notify-provisioning.ts';
import { runTagValidator } from '../actions/run-tag-validator.ts';
import { syncTags } from '../actions/sync-tags.ts';
import { deciding, type Plan, type Severity } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { jobEndings, describeEndings } from '../probes/job-endings.ts';
import { periodState } from '../probes/period-state.ts';
import { provisioningTold } from '../probes/provisioning-told.ts';
import { quarantine } from '../probes/quarantine.ts';
import { tagCoverage, describeCoverage, worstCoverage } from '../probes/tag-coverage.ts';
import { untaggedResources } from '../probes/untagged-resources.ts';
import { worstTagging } from '../probes/worst-period.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { changeableMonth } from './closed-period.ts';
import { monthCosts } from '../probes/month-costs.ts';
import { onAgreeingCosts } from './agreeing-copies.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';
import { beyondInventory, counted, describeGrowth, toldOf } from './tag-coverage-drop-resources.ts';

/** Every line carries tenant and plan. */
const LIMIT_PCT = 100;
/** From here on a service's costs are split by guesses. */
const CRITICAL_PCT = 98;
/** Of the inventory: faster growth is no forgotten tag, and a validation would make it worse. */
const QUARANTINE_GROWTH_LIMIT = 0.2;

/** People change policies. */
const PROPOSAL =
  'proposed, for a person to apply: the AWS Config rule required-tags with {"tag1Key":"tenant_id","tag2Key":"plan_id"}';

const TAG_AT_CREATION = 'Tag resources when they are created: enforce tenant and plan in provisioning';
const REFUSE_UNTAGGED =
  'Adopt the proposed AWS Config rule, so that untagged resources are refused at creation';
const MONTH = changeableMonth('its lines are never tagged again');

const { branches, act, leave, escalate } = deciding({
  ...MONTH.branches,
  complete: { when: 'every taggable line carries tenant and plan', then: 'nothing' },
  'quarantine-grows': {
    when: `a validation would bring the growth of the quarantine to more than ${100 * QUARANTINE_GROWTH_LIMIT} % of the inventory`,
    then: 'a person: check the inventory; nothing is validated, for that would quarantine still more',
    prevention: REFUSE_UNTAGGED,
  },
  nameless: {
    when: 'none of the untagged lines names a resource',
    then: 'a person: check the report; no inventory can help',
    prevention: TAG_AT_CREATION,
  },
  'told-already': {
    when: 'the inventory cannot tag any line, and provisioning was notified of the same resources within a day',
    then: 'a person: ask provisioning; it is not notified again',
    prevention: REFUSE_UNTAGGED,
  },
  'beyond-inventory': {
    when: 'the inventory cannot tag some resources',
    then: 'tag what it can, validate, and notify provisioning of the others, once a day; a person: follow that up, and decide on the proposed AWS Config rule',
    prevention: REFUSE_UNTAGGED,
  },
  'partly-nameless': {
    when: 'the inventory can tag the lines that name a resource, and others name none',
    then: 'tag those and validate; a person: check the others',
    prevention: TAG_AT_CREATION,
  },
  'inventory-knows': {
    when: 'the inventory names the owner of every untagged resource',
    then: 'copy the tags, then validate',
    prevention: TAG_AT_CREATION,
  },
});

export const tagCoverageDrop = definePlaybook({
  id: 'tag-coverage-drop',
  section: '5. Tagging and Coverage',
  symptoms: [
    'resource_tags_user_tenant_id is missing in lines of fact_cost_raw.',
    'The pool of quarantined resources grows.',
  ],
  byHand: {
    'Alarm `tag-coverage-drop`': [{ alarm: 'tag-coverage-drop' }],
    'Missing `resource_tags_user_tenant_id`': [{ probe: 'untagged-resources' }],
    'Quarantined resource pool increase': [{ probe: 'quarantine', branch: 'quarantine-grows' }],
    'SELECT COUNT(*) FILTER': [{ probe: 'tag-coverage' }],
    'Trigger tagging validation job': [{ action: 'run-tag-validator' }],
    'Notify provisioning service': [{ action: 'notify-provisioning' }],
    'Update tag enforcement policy': [{ branch: 'beyond-inventory' }],
  },
  alarms: [
    alarmOn('tag_coverage_pct', {
      name: 'tag-coverage-drop',
      threshold: { below: LIMIT_PCT },
      severity: 'SEV-3',
      title: 'tag coverage is too low[ (# %)]',
      unit: '%',
      description: 'Taggable cost lines of open periods have no tenant or plan tag.',
      datapoints: { breaching: 3, outOf: 3 },
    }),
    alarmOn('tag_coverage_pct', {
      name: 'tag-coverage-drop-critical',
      threshold: { below: CRITICAL_PCT },
      severity: 'SEV-2',
      title: 'tag coverage is too low[ (# %)]',
      unit: '%',
      description:
        'More than 2 % of a service’s taggable cost lines have no tenant or plan tag: its costs cannot be allocated.',
      datapoints: { breaching: 3, outOf: 3 },
    }),
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
  locate: worstTagging,
  probes: {
    period: periodState,
    coverage: tagCoverage,
    untagged: untaggedResources,
    quarantine,
    validations: jobEndings({
      name: 'tag-validator-runs',
      question: 'When was the last validation, and how did it end?',
      job: ({ jobs }) => jobs.tagValidator,
    }),
    told: provisioningTold,
  },

  branches,
  decide({ period, coverage, untagged, quarantine, validations, told }, { target }) {
    const severity: Severity = worstCoverage(coverage) < CRITICAL_PCT ? 'SEV-2' : 'SEV-3';
    const month = target.period;
    const refused = MONTH.refuse({ month, state: period, severity }, escalate);
    if (refused) return refused;
    const figures = describeCoverage(coverage);
    // This probe runs later: nothing is left to tag when it finds nothing.
    if (coverage.untagged === 0 || untagged.length === 0) return leave('complete', figures);

    const growth = quarantine.grown + quarantine.next;
    if (growth > QUARANTINE_GROWTH_LIMIT * quarantine.resources) {
      return escalate('quarantine-grows', `${figures}; ${describeGrowth(quarantine)}`, severity);
    }
    const known = counted(untagged, 'known');
    const nameless = counted(untagged, 'nameless');
    const beyond = beyondInventory(untagged);
    const tagging = known.lines > 0 ? [{ action: syncTags.name, params: { period: month } }] : [];
    // After the tags are on their lines: the validator judges by them, and quarantined resources get no
    // tags.
    const mending: Plan = [...tagging, { action: runTagValidator.name, params: { period: month } }];
    const knows = `the inventory knows the owners of ${known.resources} resources (${known.lines} lines)`;
    const without = `${nameless.lines} lines name no resource`;
    if (beyond.count > 0) {
      const again = toldOf(told, beyond);
      const cannot = `it cannot tag ${beyond.count} resources (${beyond.kinds})`;
      if (again && known.lines === 0) {
        return escalate(
          'told-already',
          `${figures}; provisioning was notified of the same ${beyond.count} resources at ${again}, and has not tagged them; ${PROPOSAL}`,
          severity,
        );
      }
      const notice = {
        action: notifyProvisioning.name,
        params: { period: month, count: String(beyond.count), resources: beyond.ids.join(' ') },
      };
      const also = nameless.lines > 0 ? `; ${without}` : '';
      return act(
        'beyond-inventory',
        `${figures}; ${knows}, and ${cannot}; ${describeEndings('the validation', validations)}`,
        again ? mending : [...mending, notice],
        {
          handOff: {
            why: `provisioning must tag ${beyond.count} resources (${beyond.kinds})${also}; ${PROPOSAL}`,
            severity,
          },
        },
      );
    }
    if (nameless.lines === 0) {
      return act(
        'inventory-knows',
        `${figures}; ${knows}; ${describeEndings('the validation', validations)}`,
        mending,
      );
    }
    if (known.lines === 0) return escalate('nameless', `${figures}; ${without}`, severity);
    return act('partly-nameless', `${figures}; ${knows}; ${without}`, mending, {
      handOff: { why: `${without}: a person looks at the report`, severity },
    });
  },

  // Whether provisioning was notified within a day changes by itself.
  concerns({ untagged }, decision) {
    if (['closed', 'unknown-period', 'quarantine-grows'].includes(decision.branch)) return [decision.branch];
    const { lines: known } = counted(untagged, 'known');
    const { lines: nameless } = counted(untagged, 'nameless');
    const { count, ids } = beyondInventory(untagged);
    return [
      ...(known > 0 ? [syncTags.name] : []),
      ...ids.map((id) => `provisioning: ${id}`),
      // Of more resources than are named, their number tells.
      ...(count > ids.length ? [`provisioning: ${count} resources`] : []),
      ...(nameless > 0 ? ['nameless'] : []),
    ];
  },
  actions: [syncTags, runTagValidator, notifyProvisioning],
  withoutApproval: {
    [syncTags.name]:
      'It fills empty tags with what the inventory says and overwrites none, and the period is not closed: its costs are allocated once they have an owner.',
    [runTagValidator.name]:
      'It is refused where the quarantine would grow by more than a fifth of the inventory; below that it names what is missing tags, stops no resource, and releases it once tagged.',
    [notifyProvisioning.name]:
      'It requests tags and names nothing but resource ids, once a day at most for the same ones; a notice too many costs a glance.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { coverage: tagCoverage, costs: monthCosts },
    check: ({ coverage, costs }) =>
      onAgreeingCosts(costs, { healthy: coverage.untagged === 0, summary: describeCoverage(coverage) }),
  },
});
