import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const CDK = resolve(import.meta.dirname, '../cdk.json');

/** A deployment's configuration as it was written: JSON, or a file of it; by default cdk.json's context "responder". */
export function configurationIn(given: string | undefined): unknown {
  if (given === undefined)
    return (JSON.parse(readFileSync(CDK, 'utf8')) as { context: { responder: unknown } }).context.responder;
  return JSON.parse(given.trimStart().startsWith('{') ? given : readFileSync(resolve(given), 'utf8'));
}
