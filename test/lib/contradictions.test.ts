import { synthesise } from '../../lib/synth.ts';
import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import { startIngestion } from '../../lambdas/catalog/actions/start-ingestion.ts';
import { costs } from '../../lambdas/domain/lock-names.ts';
import { sampleConfig, sampleHandlers, sampleProduct } from './sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

const wipe = {
  ...startIngestion,
  name: 'wipe-costs',
  locks: ({ period = '' }) => ({ writes: [costs(period)], reads: [] }),
} satisfies ActionDefinition;

test('no stack is made of playbooks that contradict each other', async () => {
  const synthesising = synthesise({
    outDir: scratchDir(),
    config: sampleConfig,
    product: sampleProduct,
    entryDir: sampleHandlers(),
    validate: false,
    acting: [
      { id: 'load', actions: [startIngestion] },
      { id: 'spring-clean', actions: [wipe] },
    ],
  });
  await expect(synthesising).rejects.toThrow(
    /load: start-ingestion and spring-clean: wipe-costs share costs/,
  );
});
