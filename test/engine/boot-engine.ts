import { join } from 'node:path';
import type { ExecutionHistory } from '../../emulator/lambda/durable-history.ts';
import { booted, type Defer } from '../../emulator/test/support/booted.ts';
import { durable, scratchFile, startWorld } from '../../emulator/test/lambda/world.ts';

/** The engine's parts in real workers, on the sandbox's durable executions. */
export const bootEngine = () => booted(openEngine);

async function openEngine(defer: Defer) {
  const world = await startWorld();
  defer(async () => {
    await world.end();
    expect(world.errors).toEqual([]);
  });
  const codeDir = join(import.meta.dirname, 'handlers');
  const aliases = new Map<string, string>();
  return {
    world,
    /** Runs an export of `handlers/engine.mjs` to its end; what it did to the world stands in `file`. */
    async run<T>(
      name: string,
      event: object,
      meanwhile: (file: string) => Promise<void> = async () => undefined,
    ) {
      const file = scratchFile();
      const alias = aliases.get(name) ?? durable(world.lambda, name, `engine.${name}`, { codeDir });
      aliases.set(name, alias);
      const started = await world.lambda.invoke({
        function: alias,
        type: 'Event',
        payload: { ...event, file },
      });
      const arn = started.durableExecutionArn ?? '';
      const history = (): ExecutionHistory => world.lambda.history(arn);
      await meanwhile(file);
      await world.until(() => history().status !== 'RUNNING');
      if (history().status !== 'SUCCEEDED') throw new Error(JSON.stringify(history().error));
      return { result: history().result as T, history: history(), file };
    },
  };
}
