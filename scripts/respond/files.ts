import { readFileSync } from 'node:fs';
import type { Words } from './words.ts';

/** Options that name a file of this machine, by command: its text goes along under another name. */
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sign-postmortem': { file: 'document' },
};

/** The most that a command may carry; the responder refuses it as well. */
const LONGEST = 1_000_000;

/**
 * Reads the files that a command names.
 * @throws when one cannot be read, or is too large
 */
export function withFiles(words: Words): Words {
  const input = { ...words.input };
  for (const [option, key] of Object.entries(FILES[words.name] ?? {})) {
    const path = input[option];
    if (typeof path !== 'string') continue;
    delete input[option];
    input[key] = textOf(option, path);
  }
  return { ...words, input };
}

function textOf(option: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`--${option} ${path} cannot be read (${(cause as Error).message}); wanted a text file`, {
      cause,
    });
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > LONGEST) throw new Error(`--${option} ${path} has ${bytes} bytes; wanted at most ${LONGEST}`);
  return text;
}
