import * as z from 'zod';

/** The parts of a CloudFormation template that the provisioner reads. */
export const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DependsOn: z
        .union([z.string(), z.array(z.string())])
        .transform((one) => [one].flat())
        .default([]),
      Condition: z.string().optional(),
      DeletionPolicy: z.enum(['Delete', 'Retain', 'RetainExceptOnCreate']).default('Delete'),
    }),
  ),
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() }))
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Condition: z.string().optional() }))
    .default({}),
  // Rules guard deployments into an account (bootstrap version, the example's configuration): not of an emulator.
});
export type Template = z.infer<typeof Template>;
export type TemplateResource = Template['Resources'][string];
