import type { OperationSchema } from './operation-schema.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';

/** One REST operation's address: method, path pattern and the query parameters that distinguish it. */
export interface Route {
  readonly operation: OperationSchema;
  readonly method: string;
  readonly pattern: RegExp;
  readonly labels: readonly string[];
  /** Parameters of the URI template, e.g. `list-type=2`; an empty value matches any. */
  readonly literals: readonly (readonly [string, string])[];
  readonly query: readonly string[];
  readonly headers: readonly string[];
}

export interface Match {
  readonly operation: OperationSchema;
  /** Percent-decoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** @param emulated breaks ties: S3's `GET /` is ListBuckets and ListDirectoryBuckets alike */
export function routesOf(operations: Iterable<OperationSchema>, emulated: ReadonlySet<string>): Route[] {
  const routes = [...operations].flatMap((operation) => (operation.http ? [routeOf(operation)] : []));
  return routes.sort(
    (a, b) =>
      specificity(b) - specificity(a) ||
      Number(emulated.has(b.operation.name)) - Number(emulated.has(a.operation.name)) ||
      a.operation.name.localeCompare(b.operation.name),
  );
}

/**
 * The first route, most specific first, that has all its required parameters: `PUT /bucket/key` is
 * UploadPart with a part number, CopyObject with a source, otherwise PutObject. If none is
 * complete, the least demanding one is taken, so that the error names the missing member.
 */
export function findRoute(routes: readonly Route[], request: WireRequest): Match | undefined {
  const id = request.query.get('x-id');
  const candidates = routes.filter(
    (route) =>
      route.method === request.method &&
      (id === null || id === route.operation.name) &&
      route.pattern.test(request.path) &&
      route.literals.every(([name, value]) => {
        const given = request.query.get(name);
        return given !== null && (value === '' || value === given);
      }),
  );
  const route = candidates.find((candidate) => complete(candidate, request)) ?? candidates.at(-1);
  if (!route) return undefined;
  const found = route.pattern.exec(request.path) ?? [];
  const labels = Object.fromEntries(
    route.labels.map((label, i) => [label, decodeURIComponent(found[i + 1] ?? '')]),
  );
  return { operation: route.operation, labels };
}

const complete = (route: Route, request: WireRequest): boolean =>
  route.query.every((name) => request.query.has(name)) &&
  route.headers.every((name) => header(request.headers, name) !== undefined);

/** Literal parameters and required members decide first, then the path: fixed text before labels. */
const specificity = (route: Route): number =>
  route.literals.length * 100_000 +
  (route.query.length + route.headers.length) * 10_000 +
  route.pattern.source.length * 10 -
  route.labels.length;

function routeOf(operation: OperationSchema): Route {
  const { method, uri } = operation.http ?? { method: '', uri: '' };
  const [template = '/', search = ''] = uri.split('?');
  const bound = requiredBindings(operation);
  // S3's schemas leave the bucket to its host name; on loopback it is the first part of the path.
  const missing = bound.labels.filter((label) => !template.includes(`{${label}`));
  const path = [...missing.map((label) => `/{${label}}`), template].join('').replace(/\/$/, '');
  const labels: string[] = [];
  const pattern = path
    .replace(/[.*()$^|]/g, '\\$&')
    .replace(/\{([^}+]+)(\+?)\}/g, (_, label: string, greedy: string) => {
      labels.push(label);
      return greedy ? '(.+)' : '([^/]+)';
    });
  const literals = [...new URLSearchParams(search)].filter(([name]) => name !== 'x-id');
  return {
    operation,
    method,
    pattern: new RegExp(`^${pattern}/?$`),
    labels,
    literals,
    query: bound.query,
    headers: bound.headers,
  };
}

function requiredBindings({
  input,
  required,
}: OperationSchema): Record<'labels' | 'query' | 'headers', string[]> {
  const bound = { labels: [] as string[], query: [] as string[], headers: [] as string[] };
  for (const name of required) {
    const traits = input.getMemberSchema(name).getMergedTraits();
    if (traits.httpLabel) bound.labels.push(name);
    else if (traits.httpQuery) bound.query.push(traits.httpQuery);
    else if (traits.httpHeader) bound.headers.push(traits.httpHeader);
  }
  return bound;
}
