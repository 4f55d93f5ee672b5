import { styleText } from 'node:util';

type Dye = (text: string) => string;

/** Colours on a terminal, plain text anywhere else. */
export interface Ink {
  readonly strong: Dye;
  readonly dim: Dye;
  readonly good: Dye;
  readonly bad: Dye;
}

export function inkFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Ink {
  const colour = stream.isTTY && !env['NO_COLOR'];
  const dye = (style: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return { strong: dye('bold'), dim: dye('dim'), good: dye('green'), bad: dye('red') };
}
