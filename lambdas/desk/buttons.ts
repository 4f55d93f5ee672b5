import { pathPart } from '../platform/page/path-part.ts';
import { commands } from '../commands/commands.ts';

interface Button {
  /** Of `commands`: pressing it gives this command, once. */
  readonly command: string;
  /** The input's key for what the button is about. */
  readonly about: string;
  /** Fields of its form that go along. */
  readonly fields: readonly string[];
  /** The page that shows what came of it. */
  readonly page: (id: string) => string;
}

const incident = (id: string): string => `/i/${pathPart(id)}`;
const approval = (id: string): string => `/p/${pathPart(id)}`;
const playbooks = (): string => '/playbooks';

/** All that the desk can do: each button is one command, which the responder audits. */
export const BUTTONS = {
  ack: { command: 'ack', about: 'incident', fields: [], page: incident },
  resolve: { command: 'resolve', about: 'incident', fields: ['reason'], page: incident },
  approve: { command: 'approve', about: 'id', fields: ['plan'], page: approval },
  refuse: { command: 'refuse', about: 'id', fields: ['reason'], page: approval },
  undo: { command: 'undo', about: 'run', fields: ['reason'], page: (id) => `/r/${pathPart(id)}` },
  pause: { command: 'pause', about: 'playbook', fields: ['reason'], page: playbooks },
  resume: { command: 'resume', about: 'playbook', fields: ['reason'], page: playbooks },
  reset: { command: 'reset', about: 'playbook', fields: ['reason'], page: playbooks },
  trust: { command: 'trust', about: 'playbook', fields: ['rung', 'reason'], page: playbooks },
  confirm: { command: 'confirm', about: 'id', fields: [], page: playbooks },
} satisfies Readonly<Record<string, Button>>;

export type ButtonName = keyof typeof BUTTONS;

export const buttonNamed = (name: string): Button | undefined =>
  Object.hasOwn(BUTTONS, name) ? BUTTONS[name as ButtonName] : undefined;

/** Of pause and resume: all playbooks at once. */
export const EVERYTHING = 'all';

/** What the button sends to the responder, from the fields of its form. */
export function commandOf(
  { command, about, fields }: Button,
  id: string,
  form: Readonly<Record<string, unknown>>,
) {
  const given = fields.map((field) => [field, form[field]] as const);
  const input = about === 'playbook' && id === EVERYTHING ? [] : [[about, id] as const];
  return { name: command, input: Object.fromEntries([...input, ...given]) };
}

/** Whether somebody with these verbs may press it. */
export const mayPress = (name: ButtonName, may: readonly string[]): boolean =>
  commands[BUTTONS[name].command]?.may.some((verb) => may.includes(verb)) === true;
