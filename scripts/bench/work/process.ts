import { registerHooks } from 'node:module';
import type { Given, Order, Reply, Worker } from './contender.ts';

/** The program of a contender: does what it is sent, and says what that took. */

const given = JSON.parse(process.env['BENCH_CONTENDER'] ?? '{}') as Given;

/** In this process the registry has one playbook, the bench's: nothing in the product knows of it. */
function registerPlaybook(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isList = specifier === './all.ts' && context.parentURL?.endsWith('/playbooks/registry.ts');
      return isList ? next(new URL('playbook.ts', import.meta.url).href, context) : next(specifier, context);
    },
  });
}

async function workerOf({ contender }: Given): Promise<Worker> {
  if (contender !== 'engine') return (await import('./floor.ts')).handWritten(given);
  registerPlaybook();
  return (await import('./engine.ts')).engine(given);
}

const working = workerOf(given);

async function obey(order: Order): Promise<Reply> {
  const worker = await working;
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  const latencies: number[] = [];
  const failed: string[] = [];
  if (order.kind === 'resume') await worker.resume();
  else {
    const left = [...order.alarms];
    const handleAll = async (): Promise<void> => {
      for (let alarm = left.shift(); alarm !== undefined; alarm = left.shift()) {
        const from = performance.now();
        await worker.handle(alarm).catch((error: unknown) => void failed.push(`${alarm}: ${String(error)}`));
        latencies.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: order.atATime }, handleAll));
  }
  const { user, system } = process.cpuUsage(cpu);
  return { latencies, failed, wallMs: performance.now() - began, cpuMs: (user + system) / 1_000 };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (order: Order) => {
  obey(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
