import * as z from 'zod';

/**
 * An IAM policy document. It is checked when it is given, not when it is used: what the evaluator
 * does not understand must not become a permission.
 */
const list = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());
const scalar = z.union([z.string(), z.boolean(), z.number()]);
const values = z
  .union([scalar, z.array(scalar)])
  .transform((one) => [one].flat().map((value) => String(value)));
const principal = z.union([
  z.literal('*'),
  z.strictObject({ AWS: list.optional(), Service: list.optional(), Federated: list.optional() }),
]);

const Statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principal.optional(),
    Action: list.optional(),
    NotAction: list.optional(),
    Resource: list.optional(),
    NotResource: list.optional(),
    Condition: z.record(z.string(), z.record(z.string(), values)).optional(),
  })
  .refine((statement) => (statement.Action === undefined) !== (statement.NotAction === undefined), {
    message: 'needs either Action or NotAction',
  })
  .refine((statement) => statement.Resource === undefined || statement.NotResource === undefined, {
    message: 'needs Resource or NotResource, not both',
  });
export type Statement = z.infer<typeof Statement>;

const Document = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.union([Statement, z.array(Statement)]).transform((one) => [one].flat()),
});

export interface Policy {
  /** The policy's name, for messages and simulations. */
  readonly name: string;
  readonly statements: readonly Statement[];
}

/**
 * @param document JSON text or an object @throws Error that says what is wrong, and where
 */
export function parsePolicy(name: string, document: unknown): Policy {
  const parsed = Document.safeParse(typeof document === 'string' ? fromJson(name, document) : document);
  if (!parsed.success)
    throw new Error(`policy ${name} is wrong or not emulated: ${z.prettifyError(parsed.error)}`);
  for (const statement of parsed.data.Statement) {
    const variable = [...(statement.Resource ?? []), ...(statement.NotResource ?? [])].find((text) =>
      text.includes('${'),
    );
    if (variable)
      throw new Error(
        `policy ${name} has a variable in resource ${variable}; the emulator does not emulate policy variables`,
      );
  }
  return { name, statements: parsed.data.Statement };
}

function fromJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`policy ${name} is not JSON: ${text.slice(0, 80)}`, { cause });
  }
}
