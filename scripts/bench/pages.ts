import { isMet, type Figure, type PartResult } from './part.ts';
import { shown, targetText } from './chart.ts';

export interface Done extends PartResult {
  readonly name: string;
  readonly about: string;
}

const bandText = ({ band }: Figure): string => (band ? band.map((one) => one.toFixed(2)).join('–') : '');
const verdict = (figure: Figure): string => {
  const met = isMet(figure);
  return met === undefined ? '' : met ? 'met' : 'missed';
};

/** For the terminal: each figure, its target, and where it is missed, why. */
export function figureLines(figures: readonly Figure[]): string[] {
  const width = Math.max(10, ...figures.map(({ name }) => name.length));
  return figures.flatMap((figure) => [
    `${figure.name.padEnd(width)}${shown(figure).padStart(10)}  ${bandText(figure).padEnd(15)}${targetText(figure).padEnd(9)}${verdict(figure)}`.trimEnd(),
    ...(isMet(figure) === false && figure.missed ? [`${' '.repeat(4)}${figure.missed}`] : []),
  ]);
}

/** `docs/bench.md`: the tables of the newest run that was kept, with the commands. */
export function pageOf(done: readonly Done[], machine: string): string {
  return `# What the bench measures

![How far each figure is from its target](bench.svg)

\`\`\`bash
npm run bench                    # every part
npm run bench -- work load       # only these
npm run bench -- --short         # less of everything, in minutes: as in continuous integration
npm run bench -- --docs docs     # keeps this page and its chart
\`\`\`

Figures are ratios of one machine and one run, or counts that are the same on every machine. Contenders
take turns in rounds, in a random order of a fixed seed; the ratio is the median over the rounds, and
the band its middle half. A contender against itself ("again") shows how much is noise. Below: ${done.map(({ name }) => name).join(', ')}, on
${machine}.

"The same work" is two SQL looks, one job call, one verification, an outcome with five steps, one
notification, and no alarm done twice. The floor is that by hand, the claim first, and nothing else. The engine does
it as a playbook, as the runner does every playbook, with evidence, audit, guards and approval rules; its durable
executions lie in a table beside its record. Services answer at once, and no wait is waited.
${done.map(sectionOf).join('')}`;
}

const sectionOf = ({ name, about, figures }: Done): string => `
## ${name}: ${about}

| figure | value | middle half | target | |
|---|--:|--:|--:|---|
${figures.map((one) => `| ${one.name} | ${shown(one)} | ${bandText(one)} | ${targetText(one)} | ${verdict(one)}${isMet(one) === false && one.missed ? `: ${one.missed}` : ''} |`).join('\n')}
`;
