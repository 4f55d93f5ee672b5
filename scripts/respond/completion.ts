import type { CommandDefinition } from '../../lambdas/commands/definition.ts';
import { WordsError } from '../command/words.ts';
import { LOCAL } from './help.ts';
import { COMMON, optionOf } from './typed.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const LOCAL_WORDS: Readonly<Record<string, readonly string[]>> = {
  completion: SHELLS,
  watch: ['--every'],
  schema: ['configuration', 'manual', 'pager-event', 'report'],
};

interface Completed {
  readonly name: string;
  readonly about: string;
  /** Options, and names that may follow. */
  readonly words: readonly string[];
}

/** A script that completes commands, their options and playbooks. @throws WordsError for another shell */
export function completionFor(
  shell: string | undefined,
  commands: Readonly<Record<string, CommandDefinition>>,
  playbooks: readonly string[],
): string {
  const all: Completed[] = [
    ...Object.entries(commands).map(([name, { about, schema }]) => ({
      name,
      about,
      words: [
        ...[...Object.keys(schema.shape), ...COMMON].map((key) => `--${optionOf(key)}`),
        ...('playbook' in schema.shape ? playbooks : []),
      ],
    })),
    ...Object.entries(LOCAL).map(([name, { about }]) => ({
      name,
      about,
      words: LOCAL_WORDS[name] ?? Object.keys(commands),
    })),
  ];
  switch (shell) {
    case 'bash':
      return bash(all);
    case 'zsh':
      return zsh(all);
    case 'fish':
      return fish(all);
    default:
      throw new WordsError(
        `the shell is ${shell === undefined ? 'missing' : `"${shell}"`}; wanted one of ${SHELLS.join(', ')}`,
      );
  }
}

const cases = (all: readonly Completed[], line: (words: string) => string): string =>
  all.map(({ name, words }) => `      ${name}) ${line(words.join(' '))} ;;`).join('\n');

const bash = (all: readonly Completed[]): string => `# eval "$(responder completion bash)"
_responder() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${all.map(({ name }) => name).join(' ')}" -- "$word"))
  else
    case "\${COMP_WORDS[1]}" in
${cases(all, (words) => `COMPREPLY=($(compgen -W "${words}" -- "$word"))`)}
    esac
  fi
}
complete -o default -F _responder responder`;

const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

const zsh = (all: readonly Completed[]): string => `# eval "$(responder completion zsh)"
_responder() {
  local -a commands
  commands=(${all.map(({ name, about }) => quoted(`${name}:${about.replaceAll(':', ' -')}`)).join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    case "\${words[2]}" in
${cases(all, (words) => `compadd -- ${words}`)}
    esac
  fi
}
compdef _responder responder`;

const fish = (all: readonly Completed[]): string =>
  [
    '# responder completion fish | source',
    'complete -c responder -f',
    ...all.flatMap(({ name, about, words }) => [
      `complete -c responder -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
      `complete -c responder -n '__fish_seen_subcommand_from ${name}' -a ${quoted(words.join(' '))}`,
    ]),
  ].join('\n');
