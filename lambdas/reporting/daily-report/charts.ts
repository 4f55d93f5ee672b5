import { dollars, duration } from '../../domain/words.ts';
import { SEVERITIES } from '../../domain/decision.ts';
import type { ReportFigures } from './figures.ts';
import { barChart, columnChart, type Colour } from '../../platform/page/chart.ts';
import type { Markup } from '../../platform/page/html.ts';

const SEVERITY_COLOURS = { 'SEV-1': 'red', 'SEV-2': 'orange', 'SEV-3': 'blue', 'SEV-4': 'grey' } as const;

/** What helped is green, what is left to people orange, what failed red. */
const OUTCOMES: Readonly<Record<string, Colour>> = {
  resolved: 'green',
  'self-healed': 'green',
  escalated: 'orange',
  refused: 'orange',
  inconclusive: 'orange',
  ineffective: 'red',
  failed: 'red',
};

const days = ({ trend }: ReportFigures, values: (day: ReportFigures['trend'][number]) => (number | null)[]) =>
  trend.map((day) => ({ label: day.date.slice(5), values: values(day) }));
const counted = (value: number): string => String(value);

type Draw = (figures: ReportFigures) => Markup;

const incidents: Draw = (figures) =>
  columnChart({
    id: 'incidents',
    title: 'Incidents opened, last 14 days',
    says: 'Incidents opened each day, by severity, the highest at the bottom.',
    series: SEVERITIES.map((name) => ({ name, colour: SEVERITY_COLOURS[name] })),
    stacked: true,
    groups: days(figures, ({ opened }) => SEVERITIES.map((severity) => opened[severity])),
    format: counted,
  });

const outcomes: Draw = ({ runs }) => {
  const names = [...new Set(runs.filter(({ mode }) => mode === 'live').map(({ outcome }) => outcome))];
  const groups = names.map((label) => ({
    label,
    values: [
      runs
        .filter(({ mode, outcome }) => mode === 'live' && outcome === label)
        .reduce((sum, { count }) => sum + count, 0),
    ],
    colour: OUTCOMES[label] ?? 'grey',
  }));
  const order = Object.keys(OUTCOMES);
  return barChart({
    id: 'outcomes',
    title: 'Runs by outcome, that day',
    says: 'Live runs that ended that day, by outcome.',
    series: [{ name: 'Runs', colour: 'grey' }],
    groups: groups.sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label)),
    format: counted,
  });
};

const speed: Draw = (figures) =>
  columnChart({
    id: 'speed',
    title: 'Time to acknowledge and to repair, last 14 days',
    says: 'Medians of each day, in seconds. A day without a column had none.',
    series: [
      { name: 'To acknowledge', colour: 'violet' },
      { name: 'To repair', colour: 'blue' },
    ],
    stacked: false,
    groups: days(figures, (day) => [day.medianToAcknowledge, day.medianToRepair]),
    format: duration,
  });

/** Money is text; only a bar's length is a number. */
const money: Draw = ({ money: { byPlaybook } }) =>
  barChart({
    id: 'money',
    title: 'Money at risk and repaired, that day',
    says: 'USD per playbook: foreseen by the plans of the day, and the part whose repair was proven.',
    series: [
      { name: 'At risk', colour: 'orange' },
      { name: 'Repaired', colour: 'green' },
    ],
    groups: byPlaybook.map(({ playbook, atRisk, repaired }) => ({
      label: playbook,
      values: [Number(atRisk), Number(repaired)],
      shown: [dollars(atRisk), dollars(repaired)],
    })),
    format: counted,
  });

const operations: Draw = (figures) =>
  columnChart({
    id: 'operations',
    title: 'Durable operations, last 14 days',
    says: 'Durable operations of the runs that ended each day: the greater part of what a run costs.',
    series: [{ name: 'Operations', colour: 'blue' }],
    stacked: true,
    groups: days(figures, ({ operations }) => [operations]),
    format: counted,
  });

const cost: Draw = ({ cost: { operations, lambda, athena, fixed } }) => {
  const part = (label: string, usd: string | undefined) => ({
    label,
    values: [usd === undefined ? null : Number(usd)],
    shown: [usd === undefined ? 'unknown' : dollars(usd)],
  });
  return barChart({
    id: 'cost',
    title: 'What the automation cost, that day',
    says: 'USD at published prices: durable operations, Lambda, Athena, and a day of what is fixed.',
    series: [{ name: 'Cost', colour: 'violet' }],
    groups: [
      part('Durable operations', operations.usd),
      part('Lambda', lambda?.usd),
      part('Athena', athena?.usd),
      part('Fixed', fixed.usd),
    ],
    format: counted,
  });
};

export const chartsOf = (figures: ReportFigures): Markup[] =>
  [incidents, outcomes, speed, money, cost, operations].map((draw) => draw(figures));
