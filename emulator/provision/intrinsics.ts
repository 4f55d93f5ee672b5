/** The values of the names in a template. */
export interface Names {
  /** `Ref`: a resource, a parameter or a pseudo parameter. */
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
}

/** `Fn::If` chose "no value": the property is as if it had not been written. */
const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, names: Names) => unknown;

/** The intrinsic functions that the CDK writes into templates, and those of `Conditions`. */
const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, names) => (name === 'AWS::NoValue' ? NO_VALUE : names.ref(String(name))),
  'Fn::GetAtt': (target, names) => {
    const [logicalId = '', ...attribute] =
      typeof target === 'string' ? target.split('.') : list(target, names).map(String);
    return names.getAtt(logicalId, attribute.join('.'));
  },
  'Fn::Join': (argument, names) => {
    const [delimiter, parts] = list(argument, names);
    return list(parts, names).map(scalar).join(scalar(delimiter));
  },
  'Fn::Split': (argument, names) => {
    const [delimiter, text] = list(argument, names);
    return scalar(text).split(scalar(delimiter));
  },
  'Fn::Select': (argument, names) => {
    const [index, items] = list(argument, names);
    const chosen = list(items, names)[Number(index)];
    if (chosen === undefined)
      throw new Error(`Fn::Select has index ${scalar(index)} of a list that is too short`);
    return chosen;
  },
  'Fn::Sub': (argument, names) => {
    const [text, own] = typeof argument === 'string' ? [argument, {}] : list(argument, names);
    return substitute(scalar(text), own as Record<string, unknown>, names);
  },
  'Fn::If': (argument, names) => {
    const [name, yes, no] = argument as [string, unknown, unknown];
    return resolveAny(names.condition(name) ? yes : no, names);
  },
  'Fn::Equals': (argument, names) => {
    const [left, right] = list(argument, names);
    return left === right;
  },
  'Fn::Not': (argument, names) => !list(argument, names)[0],
  'Fn::And': (argument, names) => list(argument, names).every(Boolean),
  'Fn::Or': (argument, names) => list(argument, names).some(Boolean),
  Condition: (name, names) => names.condition(String(name)),
};

/**
 * A template's value with every reference replaced by what it stands for.
 * @throws for an intrinsic function that is not known
 */
export function resolve(value: unknown, names: Names): unknown {
  const resolved = resolveAny(value, names);
  return resolved === NO_VALUE ? undefined : resolved;
}

function resolveAny(value: unknown, names: Names): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolveAny(item, names)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const intrinsic = intrinsicOf(value);
  if (intrinsic) return intrinsic.apply(intrinsic.argument, names);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, resolveAny(item, names)] as const)
      .filter(([, item]) => item !== NO_VALUE),
  );
}

function intrinsicOf(value: object): { argument: unknown; apply: Intrinsic } | undefined {
  const entries = Object.entries(value) as [string, unknown][];
  const [name, argument] = entries[0] ?? [''];
  // IAM statements also have a key `Condition`, but never as their only key, and with an object in it.
  if (entries.length !== 1 || (name === 'Condition' && typeof argument !== 'string')) return undefined;
  const apply = INTRINSICS[name];
  if (apply) return { argument, apply };
  if (!name.startsWith('Fn::')) return undefined;
  throw new Error(
    `the template uses ${name}, which the emulator does not resolve; it knows ${Object.keys(INTRINSICS).join(', ')}`,
  );
}

/** The logical ids that a value refers to, and so depends on. */
export function referencesIn(value: unknown): Set<string> {
  const found = new Set<string>();
  const names: Names = {
    ref: (name) => (found.add(name), name),
    getAtt: (logicalId) => (found.add(logicalId), logicalId),
    // Either branch may be taken, so both must exist.
    condition: () => true,
  };
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (!Array.isArray(part) && ('Ref' in part || 'Fn::GetAtt' in part || 'Fn::Sub' in part)) {
      resolveAny(part, names);
      return;
    }
    Object.values(part).forEach(visit);
  };
  visit(value);
  return found;
}

function substitute(text: string, own: Record<string, unknown>, names: Names): string {
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in own) return scalar(resolveAny(own[name], names));
    const [logicalId = '', ...attribute] = name.split('.');
    return scalar(attribute.length > 0 ? names.getAtt(logicalId, attribute.join('.')) : names.ref(name));
  });
}

function list(value: unknown, names: Names): unknown[] {
  const resolved = resolveAny(value, names);
  if (Array.isArray(resolved)) return resolved;
  throw new Error(`an intrinsic function got ${JSON.stringify(value)}; wanted a list`);
}

function scalar(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error(`an intrinsic function got ${JSON.stringify(value)}; wanted text`);
}
