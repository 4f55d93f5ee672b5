import { log } from '../../../lambdas/platform/log.ts';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const method of ['log', 'warn', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((...said: unknown[]) => {
      lines.push(`${method} ${said.join(' ')}`);
    });
  }
});
afterEach(() => jest.restoreAllMocks());

it('writes one JSON line an event, whose level and message no field can overwrite', () => {
  log.info('started', { run: 'x', level: 'debug', message: 'nothing happened' });
  log.warn('odd');
  expect(lines).toEqual([
    'log {"run":"x","level":"info","message":"started"}',
    'warn {"level":"warn","message":"odd"}',
  ]);
});

it('shows errors with their causes, and big integers', () => {
  log.error('failed', { error: new Error('outer', { cause: new TypeError('inner\nline') }), count: 3n });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]?.slice('error '.length) ?? '')).toMatchObject({
    level: 'error',
    error: { name: 'Error', message: 'outer', cause: { name: 'TypeError', message: 'inner\nline' } },
    count: '3',
  });
});

it('loses the fields rather than the event when they are a cycle', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  log.error('failed', cycle);
  expect(lines[0]).toMatch(/"message":"failed","unloggable":".*circular/);
});
