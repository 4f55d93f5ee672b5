import { styleText } from 'node:util';

type Dye = (text: string) => string;

/** Colours on a terminal, plain text anywhere else. */
export interface Ink {
  readonly strong: Dye;
  readonly dim: Dye;
  readonly good: Dye;
  readonly warn: Dye;
  readonly bad: Dye;
}

export function inkFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Ink {
  const colour = stream.isTTY && !env['NO_COLOR'];
  const dye = (style: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return { strong: dye('bold'), dim: dye('dim'), good: dye('green'), warn: dye('yellow'), bad: dye('red') };
}

const LEFT_TO_PEOPLE: readonly (string | null)[] = ['escalated', 'refused', 'inconclusive', 'rehearsed'];

/** What helped is green, what is left to people yellow; a failure is red, and so is a run that has not ended. */
export function byOutcome(ink: Ink, outcome: string | null): Dye {
  if (outcome === 'resolved' || outcome === 'self-healed') return ink.good;
  return LEFT_TO_PEOPLE.includes(outcome) ? ink.warn : ink.bad;
}
