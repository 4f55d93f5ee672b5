import type { ActionDefinition, Locks } from '../../../lambdas/catalog/actions/definition.ts';
import { scaleBackRunners } from '../../../lambdas/catalog/actions/scale-back-runners.ts';
import { startIngestion } from '../../../lambdas/catalog/actions/start-ingestion.ts';
import { contradictionsOf, refuseContradictions } from '../../../lambdas/catalog/playbooks/contradictions.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import { costs } from '../../../lambdas/domain/lock-names.ts';

test('all playbooks are settled with each other', () => {
  expect(contradictionsOf(playbooks).unsettled).toEqual([]);
  expect(() => refuseContradictions(playbooks)).not.toThrow();
});

describe('the table', () => {
  const { pairs } = contradictionsOf(playbooks);
  const settled = (one: string, other: string) =>
    pairs.find((pair) => pair.one === one && pair.other === other);

  test('tells what a cause and its symptom share, and that the chain orders them', () => {
    expect(settled('cur-freshness: start-ingestion', 'allocation-variance: run-allocation')).toEqual({
      one: 'cur-freshness: start-ingestion',
      other: 'allocation-variance: run-allocation',
      shares: ['costs/{period}'],
      settled: 'cur-freshness first: it comes earlier in the chain',
    });
  });

  test('has an invoice that one playbook issues, another settles and a third tops up', () => {
    for (const pair of [
      settled('invoice-lag: emit-invoice', 'payment-mismatch: settle-invoice'),
      settled('invoice-lag: emit-invoice', 'quota-reached: top-up'),
      settled('payment-mismatch: settle-invoice', 'quota-reached: top-up'),
    ]) {
      expect(pair?.shares).toEqual(['invoice/{period}/{tenant_id}']);
      expect(pair?.settled).toMatch(/ first: .*row’s lock/);
    }
  });

  test('has what no lock names, where an order says so', () => {
    expect(settled('invoice-lag: emit-invoice', 'payment-mismatch: redrive-bank-events')?.shares).toEqual([
      'invoices, which the webhook settles',
    ]);
  });

  test('has the same action in two playbooks', () => {
    expect(settled('allocation-variance: sync-tags', 'tag-coverage-drop: sync-tags')?.settled).toMatch(
      /^one after the other/,
    );
  });
});

describe('a contradiction that somebody plants', () => {
  const action = (name: string, locks: Partial<Locks>, more: Partial<ActionDefinition> = {}) =>
    ({
      name,
      locks: ({ period = '' }: Record<string, string>) => ({
        writes: [],
        reads: [],
        ...locks,
        ...(name === 'wipe-costs' && { writes: [costs(period)] }),
      }),
      undo: { irreversible: 'It stays.' },
      ...more,
    }) as unknown as ActionDefinition;
  const wipe = { id: 'spring-clean', actions: [action('wipe-costs', {})] };
  const load = { id: 'load', actions: [action('load', { writes: ['costs/{period}'] })] };

  test('is named, with what it shares', () => {
    expect(contradictionsOf([load, wipe]).unsettled).toEqual([
      'load: load and spring-clean: wipe-costs share costs/{period}, and neither action says which comes first',
    ]);
    expect(() => refuseContradictions([...playbooks, wipe])).toThrow(
      /contradict each other; wanted one action .*\n- cur-freshness: start-ingestion and spring-clean: wipe-costs share costs/,
    );
  });

  test.each([
    ['before', 'wipe-costs', { before: { load: 'What is loaded stays.' } }],
    ['after', 'load', { after: { load: 'What is loaded stays.' } }],
  ])('is settled by an action that says "%s" with its reason', (_word, first, said) => {
    const settled = { id: 'spring-clean', actions: [action('wipe-costs', {}, said)] };
    const { pairs, unsettled } = contradictionsOf([load, settled]);
    expect(unsettled).toEqual([]);
    expect(pairs.map((pair) => pair.settled)).toEqual([`${first} first: What is loaded stays.`]);
  });

  test('is still one where both actions say which comes first', () => {
    const first = { id: 'load', actions: [action('load', { writes: ['x'] }, { before: { wipe: 'One.' } })] };
    const also = { id: 'wipe', actions: [action('wipe', { writes: ['x'] }, { before: { load: 'Two.' } })] };
    expect(contradictionsOf([first, also]).unsettled).toEqual([
      'an action says that wipe comes before load, which settles nothing or is said already: remove it',
    ]);
  });

  test('that undoes what another playbook does wants an order, whatever the chain or a lock says', () => {
    const undo = { by: 'down', why: 'It goes.', params: () => ({}) };
    const up = (said = {}) => ({
      id: 'cur-freshness',
      actions: [action('up', { writes: ['fleet'] }, { undo, ...said })],
    });
    const down = { id: 'recon-failed', actions: [action('down', { writes: ['fleet'] })] };
    const said = up({ before: { down: 'A person says when.' } });
    for (const [both, settled] of [
      [
        [up(), down],
        [said, down],
      ],
      [
        [down, up()],
        [down, said],
      ],
    ] as const) {
      expect(contradictionsOf(both).unsettled).toEqual([
        expect.stringMatching(/share fleet, what one does and the other undoes, and neither action says/),
      ]);
      expect(contradictionsOf(settled).unsettled).toEqual([]);
    }
  });

  test('with a real one: a playbook of its own that scales back what another scales up', () => {
    const saver = { id: 'night-saver', actions: [scaleBackRunners] };
    expect(contradictionsOf([...playbooks, saver]).unsettled).toContainEqual(
      expect.stringMatching(/^runner-backlog: scale-runners and night-saver: scale-back-runners share/),
    );
  });

  test('is seen where one holds a part of what the other holds', () => {
    const whole = { id: 'whole', actions: [action('all', { writes: ['invoice/2026-11'] })] };
    const part = { id: 'part', actions: [action('some', { reads: ['invoice/2026-11/TEN-00113'] })] };
    const beside = { id: 'beside', actions: [action('other', { writes: ['invoice/2026-1'] })] };
    expect(contradictionsOf([whole, part, beside]).pairs).toEqual([
      expect.objectContaining({ shares: ['invoice/2026-11/TEN-00113'] }),
    ]);
    expect(contradictionsOf([part, whole]).unsettled).toHaveLength(1);
  });

  test('is none where both only read', () => {
    const reading = (id: string) => ({ id, actions: [action(`${id}-look`, { reads: ['costs'] })] });
    expect(contradictionsOf([reading('one'), reading('other')]).pairs).toEqual([]);
  });
});

test('an order that settles nothing is named', () => {
  const idle = { ...startIngestion, name: 'idle', before: { 'top-up': 'Nobody knows.', nothing: 'Who?' } };
  const { unsettled } = contradictionsOf([...playbooks, { id: 'idle', actions: [idle] }]);
  for (const then of ['top-up', 'nothing'])
    expect(unsettled).toContainEqual(
      `an action says that idle comes before ${then}, which settles nothing or is said already: remove it`,
    );
});
