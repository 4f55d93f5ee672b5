import * as z from 'zod';
import { arn } from '../../kernel/places.ts';
import type { CustomRequest } from '../custom-resources.ts';
import { handler, type CreationContext, type ResourceHandler } from '../resource-handler.ts';

const Properties = z
  .object({ ServiceToken: z.string(), ServiceTimeout: z.coerce.number().int().min(1).max(3600).optional() })
  .catchall(z.unknown());

const requestOf = (
  RequestType: CustomRequest['RequestType'],
  { stackName, logicalId }: Pick<CreationContext, 'stackName' | 'logicalId'>,
  properties: z.infer<typeof Properties>,
): CustomRequest => ({
  RequestType,
  StackId: arn('cloudformation', `stack/${stackName}/00000000-0000-4000-8000-000000000000`),
  ResourceType: 'AWS::CloudFormation::CustomResource',
  LogicalResourceId: logicalId,
  // CloudFormation sends every value as text.
  ResourceProperties: Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      typeof value === 'object' ? value : `${value as string | number | boolean}`,
    ]),
  ),
});

const customResource = handler({
  properties: Properties,
  async create(properties, { cloud, before, stackName, logicalId }) {
    const answer = await cloud.customResources.request(properties.ServiceToken, {
      ...requestOf(before ? 'Update' : 'Create', { stackName, logicalId }, properties),
      ...(before && { PhysicalResourceId: before.ref, OldResourceProperties: before.properties }),
    });
    return { ref: answer.PhysicalResourceId, attributes: { ...answer.Data, stackName, logicalId } };
  },
  remove: ({ ref, attributes }, properties, { customResources }) =>
    customResources.request(properties.ServiceToken, {
      ...requestOf('Delete', attributes as { stackName: string; logicalId: string }, properties),
      PhysicalResourceId: ref,
    }),
});

export const custom: Readonly<Record<string, ResourceHandler>> = {
  'AWS::CloudFormation::CustomResource': customResource,
};
