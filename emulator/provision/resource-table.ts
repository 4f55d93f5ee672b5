import * as z from 'zod';
import { handler, type ResourceHandler } from './resource-handler.ts';
import { custom } from './resources/custom.ts';
import { functions } from './resources/functions.ts';
import { identity } from './resources/identity.ts';
import { messaging } from './resources/messaging.ts';
import { network } from './resources/network.ts';
import { secrets } from './resources/secrets.ts';
import { storage } from './resources/storage.ts';
import { watching } from './resources/watching.ts';

/** Every type of resource that the emulator can create. Any other type is refused. */
export const RESOURCE_TABLE: Readonly<Record<string, ResourceHandler>> = {
  ...identity,
  ...messaging,
  ...functions,
  ...watching,
  ...storage,
  ...secrets,
  ...network,
  ...custom,
  /** The CDK's note about its own version: AWS creates nothing for it either. */
  'AWS::CDK::Metadata': handler({
    properties: z.unknown(),
    create: (_properties, { logicalId }) => ({ ref: logicalId }),
  }),
};
