import { exactMoment } from '../../domain/words.ts';
import { auditKey } from '../../record/audit-keys.ts';
import { chartOf } from './chart.ts';
import type { PostmortemDocument, Section, SourceEntry } from './document.ts';
import type { Gathered } from '../../record/gathered.ts';
import { impactOf } from './impact.ts';
import { failedOf, workedOf } from './judgement.ts';
import { preventionOf } from './prevention.ts';
import { rootCauseOf } from './root-cause.ts';
import { fact, sourcesOf, type Seal, type Sources } from './source.ts';
import { isRepairedAtOnce, paragraphOf, runsWords } from './summary.ts';
import { timelineOf } from './timeline.ts';
import { toldOf } from './told.ts';
import { aboutWords } from '../../domain/run-request.ts';

/** Files beside the draft for one piece of evidence, by the source's id. */
export type Exported = ReadonlyMap<string, Pick<SourceEntry, 'files' | 'notes'>>;

/**
 * What is on record, every statement with its source, and blanks for what only people know. Pure,
 * without a time of its own: the same record gives the same draft.
 */
export function draftOf(gathered: Gathered, seal: Seal, exported: Exported = new Map()): PostmortemDocument {
  const { incident, episode, playbook, target, severity, openedAt, closedAt } = gathered;
  const sources = sourcesOf(gathered, seal);
  return {
    title: `Postmortem of ${incident}${episode > 1 ? `, episode ${episode}` : ''}`,
    about: `${aboutWords(playbook, target)}, ${severity}; ${exactMoment(openedAt)} to ${exactMoment(closedAt)}`,
    incident,
    episode,
    agree: isRepairedAtOnce(gathered),
    chart: chartOf(gathered),
    sections: [...recorded(gathered, sources), ...FOR_PEOPLE],
    sources: sources.all.map((source) => ({ source, notes: [], ...exported.get(source.id) })),
  };
}

function recorded(gathered: Gathered, sources: Sources): Section[] {
  const facts = (own: ReturnType<typeof toldOf>): Section['parts'] => [{ kind: 'facts', facts: own }];
  return [
    {
      id: 'summary',
      title: 'What happened',
      parts: [
        { kind: 'paragraph', fact: paragraphOf(gathered, sources) },
        ...facts(summaryOf(gathered, sources)),
      ],
    },
    { id: 'impact', title: 'Impact in figures', parts: impactOf(gathered, sources) },
    {
      id: 'timeline',
      title: 'Timeline',
      parts: [{ kind: 'timeline', entries: timelineOf(gathered, sources) }],
    },
    {
      id: 'root-cause',
      title: 'Root cause, as it was decided on',
      parts: rootCauseOf(gathered, sources),
    },
    { id: 'worked', title: 'What worked', parts: facts(workedOf(gathered, sources)) },
    { id: 'failed', title: 'What did not', parts: facts(failedOf(gathered, sources)) },
    { id: 'told', title: 'Who was notified', parts: facts(toldOf(gathered, sources)) },
    {
      id: 'prevention',
      title: 'Prevention that the record speaks for',
      parts: facts(preventionOf(gathered, sources)),
    },
  ];
}

function summaryOf(gathered: Gathered, sources: Sources) {
  const { severity, episode, closedBy, jiraKey, openedByRun } = gathered;
  return [
    fact(
      `Opened by run ${openedByRun}; the highest severity was ${severity}`,
      sources.audit(auditKey.opened(episode)),
      sources.record,
    ),
    fact(runsWords(gathered), sources.record),
    fact(
      `Closed by ${closedBy ?? 'nobody that the record names'}`,
      sources.audit(auditKey.resolved(episode)),
    ),
    ...(jiraKey === null ? [] : [fact(`Tracked as ${jiraKey}`, sources.audit(auditKey.tracked(episode)))]),
  ];
}

/** What no record knows. Titles are contracts: a completed document is read by them. */
export const FOR_PEOPLE: readonly Section[] = [
  {
    id: 'confirmed',
    title: 'Root cause, confirmed',
    parts: [
      {
        kind: 'blank',
        blank: { asks: 'confirm or correct the root cause above, and say what was behind it' },
      },
    ],
  },
  {
    id: 'customers',
    title: 'Impact on customers',
    parts: [
      {
        kind: 'blank',
        blank: {
          asks: 'what tenants noticed, by tenant_id and plan_code only; or that they noticed nothing',
        },
      },
    ],
  },
  {
    id: 'lessons',
    title: 'Lessons',
    parts: [{ kind: 'blank', blank: { asks: 'what to keep, what to change, where luck was had' } }],
  },
  {
    id: 'actions',
    title: 'Actions',
    parts: [
      {
        kind: 'blank',
        blank: {
          asks: 'one action a row, with its owner and its date as YYYY-MM-DD; or "None: why"',
          columns: ['Action', 'Owner', 'Due'],
        },
      },
    ],
  },
];
