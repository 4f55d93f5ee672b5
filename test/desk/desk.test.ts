import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { openDesk } from '../../sandbox/desk.ts';
import { orders } from '../commands/orders.ts';
import { bootVisitors, contrastFaults, describeInBrowser, layoutFaults } from '../support/browser.ts';
import { bootWorld } from '../support/world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env['DESK_SHOTS'];

describeInBrowser('the desk, in a browser', () => {
  const world = bootWorld({ settled: true }, orders);
  const browser = bootVisitors();
  let address: string;
  beforeAll(async () => {
    const desk = await openDesk(world);
    world.defer(() => desk.close());
    ({ address } = desk);
  });

  /** Somebody comes in by the printed address, and says who they are. */
  async function comeIn(person: string, options = {}): Promise<Page> {
    const page = await browser.visitor(options);
    await page.goto(address);
    await page.getByLabel('You are').selectOption(person);
    await page.getByRole('button', { name: 'Switch' }).click();
    return page;
  }

  let shots = 0;
  /** Nothing on it overflows, hides, or is too pale, in either scheme; axe finds nothing serious. */
  async function wellMade(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      if (SHOTS === undefined) continue;
      await page.screenshot({ path: `${SHOTS}/${shots++}-${name}-${colorScheme}.png`, fullPage: true });
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([name, await layoutFaults(page)]).toEqual([name, []]);
      expect([name, await contrastFaults(page)]).toEqual([name, []]);
    }
    await page.evaluate(AXE);
    const serious = await page.evaluate(async () => {
      type Axe = {
        run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
      const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
    });
    expect([name, serious]).toEqual([name, []]);
    // To look at all of it, everything was unfolded.
    await page.reload();
  }

  const given = async (): Promise<string[]> =>
    (await world.recorded()).map(
      ({ person, command }) => `${String(person)} ${(command as { name: string }).name}`,
    );

  test('nothing is open, and the page says so', async () => {
    const page = await comeIn('sre-one');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Nothing needs you');
    await wellMade(page, 'now-empty');
    expect(await given()).toEqual([]);
  });

  test('an escalated incident is taken, understood and resolved', async () => {
    await world.breakBy('partition-missing');
    await world.nextRun('cur-freshness');
    const page = await comeIn('sre-one');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('1 needs you');
    await wellMade(page, 'now');
    await page.getByRole('button', { name: 'I’ve got it' }).click();
    await page.getByText(/sre-one has it since/).waitFor();
    await wellMade(page, 'incident');
    await page.getByText('It is over').click();
    await page.getByLabel('What repaired it?').fill('AWS has delivered again');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByText(/Resolved today .* by sre-one/).waitFor();
    expect((await given()).sort()).toEqual(['sre-one ack', 'sre-one resolve']);
  });

  test('a money plan waits for two people, who approve it from their own browsers', async () => {
    await world.give('sre-one', 'trust', 'payment-mismatch', 'approve', '--reason', 'people look first');
    await world.breakBy('payments-unsettled');
    const { id, run, plan } = await world.pending('payment-mismatch');
    const before = (await given()).length;
    const [first, second] = [await comeIn('sre-one'), await comeIn('finops-one')];
    for (const [page, so] of [
      [first, '0 of 2 people'],
      [second, '1 of 2 people'],
    ] as const) {
      await page.getByRole('link', { name: 'Now' }).click();
      await page.getByRole('link', { name: 'Review' }).click();
      await page.getByText(so).first().waitFor();
      if (page === first) await wellMade(page, 'approval');
      // By keyboard alone.
      await page.getByRole('button', { name: 'Approve this plan' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
    }
    expect((await given()).slice(before).sort()).toEqual(['finops-one approve', 'sre-one approve']);
    expect(await world.approval(id)).toMatchObject({ state: 'approved', plan_sha256: plan });
    expect(await world.ended(run)).toMatchObject({ outcome: 'resolved' });
  });

  test('why a run did not act is found by a search', async () => {
    const page = await comeIn('auditor');
    await page.getByRole('link', { name: 'Search' }).click();
    await page.getByLabel('Tenant, invoice').fill('cur-freshness');
    await page.getByRole('button', { name: 'Search' }).click();
    await wellMade(page, 'search');
    const runs = page.getByRole('listitem').filter({ hasText: 'run' }).filter({ hasText: 'escalated' });
    await runs.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Why it did not act' }).waitFor();
    expect(await page.locator('main').textContent()).toMatch(/AWS has delivered nothing for 2026-11/);
    await wellMade(page, 'run');
  });

  test('a playbook is paused', async () => {
    const before = (await given()).length;
    const page = await comeIn('sre-two');
    await page.getByRole('link', { name: 'Playbooks' }).click();
    await wellMade(page, 'playbooks');
    const card = page.locator('#invoice-lag');
    await card.getByText('Pause', { exact: true }).click();
    await card.getByLabel('Why?').first().fill('we correct the prices');
    await card.getByRole('button', { name: 'Pause invoice-lag' }).click();
    await page.getByRole('status').waitFor();
    await page
      .locator('#invoice-lag')
      .getByText(/Paused since .* by sre-two: we correct the prices/)
      .waitFor();
    expect((await given()).slice(before)).toEqual(['sre-two pause']);
    await page.getByRole('link', { name: 'Inbox' }).click();
    await wellMade(page, 'inbox');
    await page.getByRole('link', { name: 'World' }).click();
    await wellMade(page, 'world');
  });
});
