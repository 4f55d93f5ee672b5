import * as z from 'zod';
import type { Cloud } from './cloud.ts';

/** What the template's references to a resource get. */
export interface Created {
  /** What `Ref` gives: mostly the name, for some types the ARN or a URL. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface CreationContext {
  readonly cloud: Cloud;
  readonly stackName: string;
  readonly logicalId: string;
  /** As the stack made it before. */
  readonly before: (Created & { readonly properties: unknown }) | undefined;
  /** The name for a resource that the template gives none. */
  readonly name: string;
  /** Directory of the asset with that hash. */
  assetDir(hash: string): string;
  /** The environment that a function gets in place of the template's. */
  readonly environment: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/** How one type of resource comes into being. */
export interface ResourceHandler<P = never> {
  /** Strict: a property that is not listed could change the behaviour, and is refused. */
  readonly properties: z.ZodType<P>;
  create(properties: P, context: CreationContext): Promise<Created> | Created;
  /** The name that it will have, if something has it already. Types without names of their own leave it out. */
  taken?(properties: P, context: CreationContext): string | undefined;
  /** Types that go with another resource, such as a function's version, leave it out. */
  remove?(made: Created, properties: P, cloud: Cloud): unknown;
}

/** Declares a handler with the types of its properties; the table does not need the types. */
export const handler = <P>(one: ResourceHandler<P>): ResourceHandler => one as unknown as ResourceHandler;

/** A property that has no effect here, and why that is right. */
export const ignored = (why: string) => z.unknown().optional().describe(`ignored: ${why}`);

/** A name that something has already; a generated one is free. */
export const nameIf = (name: string | undefined, has: (name: string) => boolean): string | undefined =>
  name !== undefined && has(name) ? name : undefined;

export const PolicyDocument = z.record(z.string(), z.unknown());
