import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleHandlers } from './bundle.ts';
import { DEPLOYMENT_FILE, IN_DEPLOYMENT_FILE, LEDGER_AUTHORITIES } from '../lambdas/platform/settings.ts';
import { readConfig, type Deployment } from './config.ts';
import { ledgerAuthorities } from './ledger-authorities.ts';
import { namesOf } from './names.ts';
import type { Acting } from '../lambdas/catalog/playbooks/contradictions.ts';
import type { Product } from './product.ts';
import { ResponderStack } from './responder-stack.ts';

/** CDK feature flags of new projects: here, not in cdk.json, so that every caller gets the same. */
const FLAGS = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as object;

export interface SynthesiseOptions {
  /** The cloud assembly's directory; by default where the CDK's command line wants it. */
  readonly outDir?: string;
  /** The configuration as `readConfig` takes it; by default the CDK context key `responder`. */
  readonly config?: unknown;
  /** Holds the handlers. */
  readonly entryDir?: string;
  readonly requiredHandlers?: readonly string[];
  /**
   * Whether the template is checked against CloudFormation's own schemas, and its faults are traced to our lines.
   * Loading the checks takes 4 s: switch them off to synthesise what was checked before.
   */
  readonly validate?: boolean;
  /** What the lambdas declare; by default what they do. */
  readonly product?: Product;
  /** Whose actions must not contradict each other; by default all that there are. */
  readonly acting?: readonly Acting[];
}

export interface Synthesised {
  readonly app: App;
  readonly stack: ResponderStack;
  readonly templateFile: string;
  /** The unpacked bundle: `<name>.mjs` for each handler. */
  readonly assetDir: string;
}

/**
 * Bundles the handlers and writes the stack's template: offline, and with no account.
 * @throws when two playbooks contradict each other: what is not settled is not deployed
 */
export async function synthesise(options: SynthesiseOptions = {}): Promise<Synthesised> {
  const { outDir, config, entryDir, requiredHandlers, validate = true } = options;
  const { refuseContradictions } = await import('../lambdas/catalog/playbooks/contradictions.ts');
  refuseContradictions(
    options.acting ?? (await import('../lambdas/catalog/playbooks/registry.ts')).playbooks,
  );
  const product = options.product ?? (await import('./product.ts')).product;
  const app = new App({
    context: { ...FLAGS },
    analyticsReporting: false,
    builtinCloudFormationValidation: validate,
    stackTraces: validate,
    ...(outDir !== undefined && { outdir: outDir }),
  });
  const deployment = readConfig(config ?? app.node.tryGetContext('responder'));
  const codeDir = await mkdtemp(join(tmpdir(), 'responder-bundle-'));
  try {
    bundleHandlers({
      outDir: codeDir,
      ...(entryDir !== undefined && { entryDir }),
      ...(requiredHandlers && { required: requiredHandlers }),
    });
    writeDeployment(codeDir, deployment);
    const stack = new ResponderStack(app, namesOf(deployment.prefix).stack, {
      description: 'Alarm-driven remediation for Commercial-Ops',
      config: deployment,
      code: Code.fromAsset(codeDir),
      product,
    });
    const assembly = app.synth();
    const templateFile = assembly.getStackArtifact(stack.artifactId).templateFullPath;
    return { app, stack, templateFile, assetDir: assetDirOf(assembly.directory, stack) };
  } finally {
    await rm(codeDir, { recursive: true, force: true });
  }
}

/** The functions' settings that are known now: a change of the configuration is a new version of the code. */
function writeDeployment(codeDir: string, deployment: Deployment): void {
  const settings = Object.fromEntries(IN_DEPLOYMENT_FILE.map((key) => [key, deployment[key]]));
  writeFileSync(join(codeDir, DEPLOYMENT_FILE), JSON.stringify(settings));
  writeFileSync(join(codeDir, LEDGER_AUTHORITIES), ledgerAuthorities(deployment.ledger.ca));
}

/** The one directory among the stack's assets: the manifest lists it beside the template itself. */
function assetDirOf(assembly: string, { artifactId }: ResponderStack): string {
  const manifest = JSON.parse(readFileSync(join(assembly, `${artifactId}.assets.json`), 'utf8')) as {
    files: Record<string, { source: { path: string; packaging: string } }>;
  };
  const dirs = Object.values(manifest.files).filter(({ source }) => source.packaging === 'zip');
  const [dir] = dirs;
  if (!dir || dirs.length > 1) {
    throw new Error(
      `the stack ${artifactId} has ${dirs.length} zipped assets; wanted one, the bundle of the handlers`,
    );
  }
  return join(assembly, dir.source.path);
}
