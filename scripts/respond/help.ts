import type { CommandDefinition } from '../../lambdas/commands/definition.ts';
import { optionOf } from './typed.ts';

type Commands = Readonly<Record<string, CommandDefinition>>;

/** Done here, without the responder. */
export const LOCAL: Readonly<Record<string, { readonly usage: string; readonly about: string }>> = {
  watch: {
    usage: 'watch [--every 15]',
    about: '`status`, live until Ctrl-C; seconds between two answers, 5 or more',
  },
  completion: { usage: 'completion bash|zsh|fish', about: 'a script for your shell that completes commands' },
  schema: {
    usage: 'schema configuration|manual|pager-event|report',
    about: 'the JSON Schema of a configuration, of a plain invoke’s payload, or of report.json',
  },
  help: { usage: 'help [command]', about: 'this, or how one command is used' },
};

const FOOT = `Everywhere: --json prints the data alone, for programs; --url <address> says where the responder is, as RESPONDER_URL
does (the stack's output RespondUrl). Ids may be short: INC-41, or the beginning of one that only one has. It signs with
your own AWS credentials, wherever every AWS client finds them.

It ends with 0 when it was done; 1 when it was refused or failed, and nothing or not all was done; 2 when what was typed
is not understood, and nothing was sent; 3 when no answer came, so that it is unknown whether it was done.`;

const HEAD =
  'npm run respond -- <command> [what] [--name value …]      commands the responder, as yourself (or: npx responder …)';

export function helpOfAll(commands: Commands): string {
  const all = [...Object.values(commands), ...Object.values(LOCAL)];
  const width = Math.min(44, Math.max(...all.map(({ usage }) => usage.length)));
  const lines = all.map(({ usage, about }) =>
    usage.length > width
      ? `  ${usage}\n  ${' '.repeat(width)}  ${about}`
      : `  ${usage.padEnd(width)}  ${about}`,
  );
  return [HEAD, '', ...lines, '', FOOT].join('\n');
}

export function helpOfOne(name: string, { usage, about, schema }: CommandDefinition): string {
  const options = Object.entries(schema.shape).flatMap(([key, one]) => {
    const { description } = one as { description?: string };
    return description === undefined ? [] : [`  --${optionOf(key)}  ${description}`];
  });
  return [`responder ${usage}`, '', `  ${name}: ${about}`, ...options, '', FOOT].join('\n');
}
