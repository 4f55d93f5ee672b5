import { randomUUID } from 'node:crypto';
import { ACCOUNT, arn, REGION } from '../kernel/places.ts';
import { AwsError, type Placement } from '../kernel/service.ts';

export interface FunctionSpec {
  readonly name: string;
  readonly arn?: string;
  /** `<file>.<export>`: the file lies in `codeDir` and ends in `.mjs`. */
  readonly handler: string;
  readonly codeDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly durable?: DurableSettings;
  /** Its workers serve one tenant each, which the caller names. */
  readonly perTenant?: true;
  /** At most so many invocations at once: one call more is throttled, and events wait. */
  readonly reservedConcurrency?: number;
  /** SQS queue or SNS topic for events that failed for good. */
  readonly deadLetterArn?: string;
  /** By default `/aws/lambda/<name>`. */
  readonly logGroup?: string;
  readonly description?: string;
  /** Outside any VPC by default. */
  readonly vpc?: Placement;
  /** Set while an update is in progress or has failed; by default it was successful. */
  readonly lastUpdate?: 'InProgress' | 'Failed';
}

export interface DurableSettings {
  readonly executionTimeoutSeconds: number;
  /** Days for which the name of a closed execution stays reserved. */
  readonly retentionDays: number;
}

/** A function that runs in the emulator's process, but is invoked like any other. */
export interface NativeSpec {
  readonly name: string;
  /** ARN of the role that callers see in the configuration. */
  readonly role?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** By default `/aws/lambda/<name>`. */
  readonly logGroup?: string;
  readonly handler: (event: unknown, context: NativeContext) => Promise<unknown>;
}

export interface NativeContext {
  readonly requestId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a line to the function's log group. */
  readonly log: (line: string) => void;
}

/** One version of a function. */
export interface FunctionVersion extends FunctionSpec {
  /** Unqualified. */
  readonly arn: string;
  readonly version: string;
  readonly revisionId: string;
  readonly lastModified: string;
  readonly native?: NativeSpec['handler'];
}

export interface AliasSpec {
  readonly functionName: string;
  readonly name: string;
  readonly version: string;
}

export interface Resolved {
  readonly fn: FunctionVersion;
  /** Version or alias that the caller named; undefined when there was none. */
  readonly qualifier: string | undefined;
  /** The ARN of the invocation, with the qualifier. */
  readonly invokedArn: string;
}

export const LATEST = '$LATEST';

const REFERENCE =
  /^(?:(?:arn:aws[\w-]*:lambda:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):function:|function:)?(?<name>[\w-]{1,64})(?::(?<qualifier>\$LATEST|[\w-]+))?$/;

/** Splits a name, partial ARN or ARN, with or without qualifier. */
export function parseReference(reference: string, qualifier?: string): { name: string; qualifier?: string } {
  const found = REFERENCE.exec(reference)?.groups;
  if (!found?.['name'])
    throw new AwsError(
      'InvalidParameterValueException',
      `'${reference}' is not a function; wanted: a name, name:qualifier or a function's ARN`,
      400,
    );
  const { name, region, account } = found;
  if ((region ?? REGION) !== REGION || (account ?? ACCOUNT) !== ACCOUNT)
    throw new AwsError('ResourceNotFoundException', `Function not found: ${reference}`, 404);
  const own = found['qualifier'];
  if (own !== undefined && qualifier !== undefined && own !== qualifier)
    throw new AwsError(
      'InvalidParameterValueException',
      `The derived qualifier from the function name does not match the specified qualifier: '${own}' and '${qualifier}'.`,
      400,
    );
  const chosen = own ?? qualifier;
  return { name, ...(chosen === undefined ? {} : { qualifier: chosen }) };
}

/** `arn:…:function:name[:qualifier]` of any reference, whether or not the function exists. */
export function referenceArn(reference: string, qualifier?: string): string {
  const parsed = parseReference(reference, qualifier);
  return arn('lambda', `function:${parsed.name}${parsed.qualifier ? `:${parsed.qualifier}` : ''}`);
}

/** Of all names and values together. It cannot be raised. */
const ENVIRONMENT_BYTES = 4_096;

function refuseLongEnvironment({ environment }: Pick<FunctionSpec, 'environment'>): void {
  const bytes = Object.entries(environment)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > ENVIRONMENT_BYTES)
    throw new AwsError(
      'InvalidParameterValueException',
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${bytes} bytes`,
      400,
    );
}

/** Functions, their versions and aliases. Every start provisions them again, so they are only in memory. */
export class Functions {
  private readonly now: () => Date;
  private readonly latest = new Map<string, FunctionVersion>();
  private readonly versions = new Map<string, FunctionVersion[]>();
  private readonly aliases = new Map<string, AliasSpec>();

  constructor(now: () => Date) {
    this.now = now;
  }

  create(spec: FunctionSpec, native?: NativeSpec['handler']): FunctionVersion {
    if (this.latest.has(spec.name))
      throw new AwsError('ResourceConflictException', `Function already exist: ${spec.name}`, 409);
    refuseLongEnvironment(spec);
    const fn: FunctionVersion = {
      ...spec,
      arn: spec.arn ?? arn('lambda', `function:${spec.name}`),
      version: LATEST,
      revisionId: randomUUID(),
      lastModified: this.now().toISOString(),
      ...(native ? { native } : {}),
    };
    this.latest.set(spec.name, fn);
    return fn;
  }

  /** Freezes `$LATEST` under the next number. */
  publish(name: string): FunctionVersion {
    const { fn } = this.resolve(name);
    const published = this.versions.get(fn.name) ?? [];
    const version = { ...fn, version: String(published.length + 1), revisionId: randomUUID() };
    this.versions.set(fn.name, [...published, version]);
    return version;
  }

  alias(spec: AliasSpec): AliasSpec & { arn: string } {
    const { fn } = this.resolve(spec.functionName, spec.version);
    const alias = { ...spec, functionName: fn.name };
    this.aliases.set(`${fn.name}:${spec.name}`, alias);
    return { ...alias, arn: `${fn.arn}:${spec.name}` };
  }

  /** Replaces `$LATEST`; published versions stay as they are. */
  update(name: string, change: Partial<FunctionSpec>): { before: FunctionVersion; after: FunctionVersion } {
    const before = this.resolve(name).fn;
    const after = { ...before, ...change, revisionId: randomUUID(), lastModified: this.now().toISOString() };
    refuseLongEnvironment(after);
    this.latest.set(before.name, after);
    return { before, after };
  }

  has(name: string): boolean {
    return this.latest.has(name);
  }

  /** With its versions and aliases. */
  delete(name: string): void {
    this.latest.delete(name);
    this.versions.delete(name);
    for (const key of this.aliases.keys()) if (key.startsWith(`${name}:`)) this.aliases.delete(key);
  }

  /** The fault "somebody deleted the function". */
  forget(name: string): void {
    this.latest.delete(this.resolve(name).fn.name);
  }

  all(): FunctionVersion[] {
    return [...this.latest.values()];
  }

  resolve(reference: string, qualifier?: string): Resolved {
    const parsed = parseReference(reference, qualifier);
    const latest = this.latest.get(parsed.name);
    const invokedArn = referenceArn(reference, qualifier);
    const fn = latest && this.versionOf(latest, parsed.qualifier);
    if (!fn) throw new AwsError('ResourceNotFoundException', `Function not found: ${invokedArn}`, 404);
    return { fn, qualifier: parsed.qualifier, invokedArn };
  }

  private versionOf(latest: FunctionVersion, qualifier = LATEST): FunctionVersion | undefined {
    if (qualifier === LATEST) return latest;
    const version = this.aliases.get(`${latest.name}:${qualifier}`)?.version ?? qualifier;
    if (version === LATEST) return latest;
    return this.versions.get(latest.name)?.find((it) => it.version === version);
  }
}
