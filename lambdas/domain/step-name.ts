/** Its name is a contract: an execution that resumes finds its steps by it. */
export type Step =
  | { readonly kind: 'diagnose' }
  | { readonly kind: 'guard'; readonly slot: string }
  | { readonly kind: 'approval' | 'verify'; readonly part: string }
  | NotifyStep
  | ActionStep
  | { readonly kind: 'record'; readonly late: boolean };

export interface NotifyStep {
  readonly kind: 'notify';
  /** What it says, or its topic: `acting`, `sre`. */
  readonly of: string;
  /** The first tries failed. */
  readonly late: boolean;
}

export interface ActionStep {
  readonly kind: 'act' | 'settle' | 'reconcile' | 'free' | 'wait';
  /** Its place in the plan, from 1. */
  readonly number: number;
  readonly action: string;
  /** How often it was sent before: 0 for the first sending. */
  readonly again: number;
}

export function stepName(step: Step): string {
  switch (step.kind) {
    case 'diagnose':
      return step.kind;
    case 'guard':
      return `guard:${step.slot}`;
    case 'approval':
    case 'verify':
      return `${step.kind}:${step.part}`;
    case 'notify':
      return `notify:${step.of}${step.late ? ':late' : ''}`;
    case 'record':
      return `record${step.late ? ':late' : ''}`;
    default:
      return `${step.kind}:${step.number}:${step.action}${againOf(step.again)}`;
  }
}

/** The end of an action's steps, by how often it was sent before. */
export const againOf = (again: number): string =>
  again === 0 ? '' : again === 1 ? ':again' : `:again-${again}`;

/** The only reader of names. @returns undefined for a name that no step of this version has */
export function readStepName(name: string): Step | undefined {
  const step = partsOf(name);
  return step && stepName(step) === name ? step : undefined;
}

function partsOf(name: string): Step | undefined {
  const [kind, ...rest] = name.split(':');
  const [first = '', second = ''] = rest;
  const late = rest.at(-1) === 'late';
  switch (kind) {
    case 'diagnose':
      return { kind };
    case 'guard':
      return { kind, slot: first };
    case 'approval':
    case 'verify':
      return { kind, part: first };
    case 'notify':
      return { kind, of: (late ? rest.slice(0, -1) : rest).join(':'), late };
    case 'record':
      return { kind, late };
    case 'act':
    case 'settle':
    case 'reconcile':
    case 'free':
    case 'wait':
      return { kind, number: Number(first), action: second, again: againIn(rest[2]) };
    default:
      return undefined;
  }
}

/** An end of another form makes a name that is not read back. */
const againIn = (end: string | undefined): number =>
  end === undefined ? 0 : end === 'again' ? 1 : Number(/^again-(\d+)$/.exec(end)?.[1] ?? Number.NaN);

export function stepOf<K extends Step['kind']>(
  name: string,
  ...kinds: readonly K[]
): (Step & { kind: K }) | undefined {
  const step = readStepName(name);
  return step && (kinds as readonly string[]).includes(step.kind) ? (step as Step & { kind: K }) : undefined;
}
