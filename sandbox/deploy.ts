import type { Store } from '../emulator/kernel/store.ts';
import type { Cloud } from '../emulator/provision/cloud.ts';
import { Provisioner, type Provisioned } from '../emulator/provision/provisioner.ts';
import type { TemplateAndAssets } from './template.ts';
import type { Services } from './services.ts';
import { settledHere, type Here } from './settings-here.ts';

export const STACK = 'commercial-ops-responder';

/** Makes the synthesised stack out of the services; only where the ledger is, is this sandbox's own. */
export async function deploy(
  services: Services,
  store: Store,
  { template, assets }: TemplateAndAssets,
  here: Here,
): Promise<Provisioned> {
  const { lambda } = services;
  const cloud: Cloud = {
    ...services,
    lambda: {
      createFunction: (fn) =>
        lambda.createFunction({ ...fn, environment: settledHere(fn.environment, here) }),
      publishVersion: (name) => lambda.publishVersion(name),
      createAlias: (alias) => lambda.createAlias(alias),
      putEventInvokeConfig: (config) => lambda.putEventInvokeConfig(config),
      addPermission: (permission) => lambda.addPermission(permission),
      createFunctionUrl: (functionName, authType) => lambda.createFunctionUrl(functionName, authType),
    },
  };
  return new Provisioner({ cloud, store }).provision({ stackName: STACK, template, assets });
}
