import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Clock } from '../kernel/clock.ts';
import { Credentials } from '../kernel/credentials.ts';
import { RESOURCE_TABLE } from '../provision/resource-table.ts';
import { createServices, definitionsOf } from '../services.ts';
import { memoryStore } from './support/memory-store.ts';
import { scratchDir } from './support/scratch.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

test('the README lists every service with its operations', () => {
  const services = createServices({
    clock: new Clock(),
    store: memoryStore(),
    credentials: new Credentials(),
    dir: scratchDir(),
    endpoint: () => '',
  });
  const emulated = definitionsOf(services).map(({ signingName, operations }) => [
    signingName,
    Object.keys(operations).sort(),
  ]);
  const entries = README.matchAll(/^- `([a-z0-9]+)`: ((?:.|\n {2})+)$/gm);
  const listed = [...entries].map(([, service, operations]) => [service, operations?.split(/,\s+/)]);
  expect(listed).toEqual(emulated);
});

test('the README lists every type of resource', () => {
  const listed = [...README.matchAll(/^(AWS::\S+)$/gm)].map(([, type]) => type);
  expect(listed).toEqual(Object.keys(RESOURCE_TABLE).sort());
});
