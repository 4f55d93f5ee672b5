import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { Store } from '../kernel/store.ts';
import type { Cloud } from './cloud.ts';
import { creationOrder } from './creation-order.ts';
import { resolve } from './intrinsics.ts';
import type { Created, CreationContext } from './resource-handler.ts';
import { RESOURCE_TABLE } from './resource-table.ts';
import { TemplateNames } from './template-names.ts';
import { Template, type TemplateResource } from './template-format.ts';

export interface ProvisionOptions {
  readonly stackName: string;
  /** The synthesised template, parsed from its JSON. */
  readonly template: unknown;
  /** Directories of unpacked assets, by the assets' hashes. */
  readonly assets: ReadonlyMap<string, string>;
  /** Changes a function's environment, e.g. to the port of a database on this machine. */
  readonly environment?: CreationContext['environment'];
}

export interface Provisioned {
  readonly outputs: Readonly<Record<string, string>>;
  /** By logical id. */
  readonly resources: ReadonlyMap<string, Created & { readonly type: string }>;
  /** Logical ids of an earlier template that are missing in this one: they still exist, and may still act. */
  readonly leftOver: readonly string[];
}

/** What a stack has made, under its name and the logical id. */
interface Made extends Created {
  readonly type: string;
  readonly properties: unknown;
  readonly deletionPolicy: TemplateResource['DeletionPolicy'];
  /** Of the resolved properties, so that a restarted emulator changes nothing that is the same. */
  readonly digest: string;
}

/**
 * Types that a service keeps together with what has happened to them: an alarm has a history, and
 * an "updated" on every start would be wrong, and so would be a request for what is unchanged. All others are created again on every start, which
 * changes nothing of what their services keep.
 */
const KEPT: ReadonlySet<string> = new Set([
  'AWS::CloudFormation::CustomResource',
  'AWS::CloudWatch::Alarm',
  'AWS::SNS::Subscription',
  'AWS::Scheduler::Schedule',
]);

/** Creates a synthesised template's resources in the services: what runs here is what gets deployed. */
export class Provisioner {
  private readonly cloud: Cloud;
  private readonly memory: ReturnType<Store['collection']>;

  constructor({ cloud, store }: { cloud: Cloud; store: Pick<Store, 'collection'> }) {
    this.cloud = cloud;
    this.memory = store.collection('provision.resource');
  }

  /**
   * What a failed deployment has made is removed again, as CloudFormation does: all but what its deletion policy retains.
   * What it has changed is not put back.
   * @throws Error naming the resource: its name is taken, a service refuses it, or the emulator does not know a type,
   * a property or a reference
   */
  async provision(stack: ProvisionOptions): Promise<Provisioned> {
    const made: string[] = [];
    try {
      return await this.create(stack, made);
    } catch (error) {
      const { stackName } = stack;
      await this.remove(stackName, made.reverse(), ['Retain']).catch((second: unknown) => {
        throw new AggregateError(
          [error, second],
          `${wordsOf(error)}; rolling back failed: ${wordsOf(second)}`,
        );
      });
      throw error;
    }
  }

  /** Deletes a stack, newest resources first: all but what its deletion policy retains. */
  async delete(stackName: string): Promise<void> {
    const ids = this.idsOf(stackName);
    await this.remove(stackName, ids.reverse(), ['Retain', 'RetainExceptOnCreate']);
  }

  /** @param made receives the logical id of each resource that did not exist before */
  private async create(stack: ProvisionOptions, made: string[]): Promise<Provisioned> {
    const { stackName, assets, environment = (variables) => variables } = stack;
    const template = Template.parse(stack.template);
    const names = new TemplateNames(template, stackName);
    for (const logicalId of creationOrder(template)) {
      const resource = template.Resources[logicalId];
      if (!resource || (resource.Condition !== undefined && !names.condition(resource.Condition))) continue;
      const context: CreationContext = {
        cloud: this.cloud,
        stackName,
        logicalId,
        before: this.memory.get(keyOf(stackName, logicalId)) as Made | undefined,
        name: `${stackName}-${logicalId}`.slice(0, 64),
        assetDir: (hash) => assetDir(assets, hash),
        environment,
      };
      const isNew = this.memory.get(keyOf(stackName, logicalId)) === undefined;
      try {
        names.define(logicalId, await this.ensure(stackName, resource, context, names));
        if (isNew) made.push(logicalId);
      } catch (cause) {
        throw new Error(
          `${resource.Type} ${logicalId} of stack ${stackName} can't be made: ${wordsOf(cause)}`,
          { cause },
        );
      }
    }
    const known = this.idsOf(stackName);
    return {
      outputs: names.outputs(),
      resources: names.resources(),
      leftOver: known.filter((logicalId) => !(logicalId in template.Resources)),
    };
  }

  private idsOf(stackName: string): string[] {
    const start = keyOf(stackName, '');
    return this.memory.entries().flatMap(([key]) => (key.startsWith(start) ? [key.slice(start.length)] : []));
  }

  private async remove(
    stackName: string,
    logicalIds: readonly string[],
    kept: readonly TemplateResource['DeletionPolicy'][],
  ): Promise<void> {
    for (const logicalId of logicalIds) {
      const key = keyOf(stackName, logicalId);
      const made = this.memory.get(key) as Made | undefined;
      if (!made) continue;
      try {
        if (!kept.includes(made.deletionPolicy))
          await RESOURCE_TABLE[made.type]?.remove?.(made, made.properties as never, this.cloud);
      } catch (cause) {
        throw new Error(
          `${made.type} ${logicalId} of stack ${stackName} can't be deleted: ${wordsOf(cause)}`,
          { cause },
        );
      }
      await this.memory.delete(key);
    }
  }

  private async ensure(
    stackName: string,
    { Type: type, Properties, DeletionPolicy: deletionPolicy }: TemplateResource,
    context: CreationContext,
    names: TemplateNames,
  ): Promise<Created & { type: string }> {
    const found = RESOURCE_TABLE[type];
    if (!found) {
      throw new Error(
        `the emulator knows no such type; it knows ${Object.keys(RESOURCE_TABLE).join(', ')}. ` +
          'Write a handler in emulator/provision/resources',
      );
    }
    const properties = resolve(Properties, names);
    const digest = createHash('sha256').update(JSON.stringify(properties)).digest('hex');
    const key = keyOf(stackName, context.logicalId);
    const made = this.memory.get(key) as Made | undefined;
    if (made?.digest === digest && made.type === type && KEPT.has(type)) return made;
    const parsed = (found.properties as z.ZodType).safeParse(properties);
    if (!parsed.success) throw new Error(issuesOf(parsed.error));
    const taken = made ? undefined : found.taken?.(parsed.data as never, context);
    if (taken !== undefined)
      throw new Error(`Resource of type '${type}' with identifier '${taken}' already exists.`);
    const created = { type, ...(await found.create(parsed.data as never, context)) };
    const kept: Made = { ...created, properties: parsed.data, deletionPolicy, digest };
    await this.memory.put(key, kept);
    return created;
  }
}

const keyOf = (stackName: string, logicalId: string): string => `${stackName} ${logicalId}`;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function assetDir(assets: ReadonlyMap<string, string>, hash: string): string {
  const dir = assets.get(hash);
  if (dir !== undefined) return dir;
  throw new Error(
    `its code is asset ${hash}, which was not given; given: ${[...assets.keys()].join(', ') || 'none'}`,
  );
}

function issuesOf(error: z.ZodError): string {
  return error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `the emulator does not emulate its ${issue.path.concat(issue.keys).map(String).join('.')}`
        : `${issue.path.map(String).join('.')}: ${issue.message}`,
    )
    .join('; ');
}
