import { NASTY } from '../../scripts/prove/mutate.ts';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { BUTTONS } from '../../lambdas/desk/buttons.ts';
import type { Given } from '../../lambdas/desk/persons.ts';
import { SCRIPT } from '../../lambdas/desk/script.ts';
import { openDesk } from '../../sandbox/desk.ts';
import { serveDesk } from '../../scripts/desk/serve.ts';
import { containing } from '../../emulator/test/support/matching.ts';
import { orders } from '../commands/orders.ts';
import { planted } from '../support/in-page.js';
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
    // As a phone gets it, script and all.
    expect([name, (await page.content()).length + SCRIPT.length < 100_000]).toEqual([name, true]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([name, await layoutFaults(page)]).toEqual([name, []]);
      expect([name, await contrastFaults(page)]).toEqual([name, []]);
    }
    // The same elements as on a phone.
    if ((page.viewportSize()?.width ?? 0) > 400) return void (await page.reload());
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

  test('a plan that is refused while somebody reads it loses its buttons, with and without script', async () => {
    await world.give('sre-one', 'trust', 'budget-stale', 'approve', '--reason', 'people look first');
    await world.breakBy('budgets-missed');
    const { id, asked } = await world.pending('budget-stale');
    const [reads, plain] = [await comeIn('sre-one'), await comeIn('sre-two', { javaScriptEnabled: false })];
    await reads.clock.install();
    for (const page of [reads, plain]) await page.goto(new URL(`/p/${id}`, address).href);
    const approve = reads.getByRole('button', { name: 'Approve this plan' });
    expect(await approve.isEnabled()).toBe(true);
    await world.give('finops-one', ...asked.refuse, '--reason', 'the figures are being moved');
    await reads.clock.fastForward(11_000);
    await reads.getByRole('alert').waitFor();
    expect(await reads.getByRole('alert').textContent()).toMatch(/refused.*the figures are being moved/);
    expect(await approve.isEnabled()).toBe(false);
    await plain.getByRole('button', { name: 'Approve this plan' }).click();
    await plain.getByRole('heading', { name: 'Not done' }).waitFor();
    expect(await plain.locator('main').textContent()).toMatch(/is not changed: .*refused/);
    await plain.getByRole('link', { name: 'Back to the page' }).click();
    await plain.getByText('It was refused: nothing is done.').waitFor();
    expect(await plain.getByRole('button', { name: 'Approve this plan' }).count()).toBe(0);
    expect(await world.approval(id)).toMatchObject({ state: 'refused', approvers: [] });
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

  test('a playbook is paused, without script, and what was sent is there to read', async () => {
    const page = await comeIn('sre-two', { javaScriptEnabled: false });
    const first = await (await page.goto(new URL('/', address).href))?.body();
    expect((first?.length ?? Infinity) + SCRIPT.length).toBeLessThan(100_000);
    await page.getByRole('link', { name: 'Playbooks' }).click();
    const card = page.locator('#invoice-lag');
    await card.getByText('Pause', { exact: true }).click();
    await card.getByLabel('Why?').first().fill('we correct the prices');
    await card.getByRole('button', { name: 'Pause invoice-lag' }).click();
    await page.getByRole('status').waitFor();
    await page
      .locator('#invoice-lag')
      .getByText(/Paused since .* by sre-two: we correct the prices/)
      .waitFor();
    expect((await given()).filter((one) => one.endsWith(' pause'))).toEqual(['sre-two pause']);
  });

  test('every other page is well made, on a phone and on a desk', async () => {
    await world.call('responder-report', { date: '2026-11-22' });
    const page = await comeIn('finops-one');
    for (const width of [400, 1_400]) {
      await page.setViewportSize({ width, height: 900 });
      // On a wide screen the two of most elements stand for all.
      const names =
        width > 400 ? ['Playbooks', 'Inbox'] : ['Playbooks', 'Close', 'Reports', 'Audit', 'Inbox', 'World'];
      for (const name of names) {
        await page.getByRole('link', { name, exact: true }).click();
        await wellMade(page, `${name}-${width}`);
      }
    }
    await page.goto(new URL('/close/2026-10', address).href);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(
      /^Month-end close of October 2026: .*done/,
    );
    expect(await page.locator('main').textContent()).toMatch(/Money that waits: [\d.,]+ USD/);
    expect((await page.goto(new URL('/close/2026-13', address).href))?.status()).toBe(404);
    await page.goto(new URL('/reports/2026-11-22', address).href);
    expect(await page.title()).toMatch(/22 Nov 2026|2026-11-22/);
  });

  test('whatever others have written into any field, a page shows it as text', async () => {
    const { rows } = await world.pool.query<{ run: string; incident: string; approval: string }>(
      `select run_id as run, incident_id as incident, approval_id as approval
       from responder.approval join responder.run using (run_id) order by requested_at limit 1`,
    );
    const [{ run = '', incident = '', approval = '' } = {}] = rows;
    const shown = new Map<string, unknown>();
    for (const [name, id] of Object.entries({
      now: '',
      incident,
      run,
      approval,
      playbooks: '',
      close: '',
      search: 'payment',
      reports: '',
      audit: '',
    })) {
      const { ok, data } = await world.give('sre-one', 'view', name, ...(id === '' ? [] : [id]));
      expect([name, ok]).toEqual([name, true]);
      shown.set(name, poisoned(data));
    }
    const give = async ({ input }: Given) => ({
      ok: true,
      status: 200,
      text: '',
      data: shown.get(String(input['page'])),
    });
    const desk = await serveDesk({ persons: { choices: [], give } });
    world.defer(() => desk.close());
    const page = await browser.visitor();
    const signed = { signedAt: '2026-11-23T14:06:00.000Z', signedBy: 'ada', text: 'We wait.' };
    shown.set('postmortem', poisoned({ person: 'ada', may: [], shown: signed }));
    for (const path of [
      '',
      'i/x',
      'r/x',
      'r/x/checks/1',
      'postmortems/x',
      'p/x',
      'playbooks',
      'close',
      'search?q=x',
      'reports',
      'audit',
    ]) {
      await page.goto(desk.address);
      const answer = await page.goto(new URL(`/${path}`, desk.address).href);
      expect([path, answer?.status()]).toEqual([path, 200]);
      expect([path, await page.evaluate(planted)]).toEqual([path, []]);
      // A list of days has no text of others.
      if (path !== 'reports')
        expect([path, await page.locator('main').textContent()]).toEqual([path, containing('<img src=x')]);
    }
  });

  test('each button that a page has is one command, and one entry of the audit', async () => {
    // What no test before has left behind.
    await world.give('finops-one', 'pause', '--reason', 'we look');
    await world.give('finops-one', 'resume', '--reason', 'we have looked');
    await world.give('finops-one', 'pause', 'invoice-lag', '--reason', 'we look');
    await world.pool.query(`
      update responder.standing set breaker_since = now(), breaker_why = 'it helped nobody' where playbook = 'budget-stale';
      update responder.run set outcome = 'ineffective' where run_id in (
        select run_id from responder.run where outcome = 'escalated' order by ended_at desc limit 1);
      update responder.approval set state = 'open', expires_at = requested_at + interval '1 year' where state = 'refused';
      update responder.run set ended_at = null, outcome = null where run_id in (
        select run_id from responder.approval where state = 'open');`);
    const { origin, pathname } = new URL(address);
    const entered = await fetch(`${origin}${pathname}`, { redirect: 'manual' });
    const [own = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
    const headers = { cookie: `${own}; as=sre-two`, origin };
    const forms = await formsOf((path) =>
      fetch(`${origin}${path}`, { headers }).then((answer) => answer.text()),
    );
    const given = async () => {
      const { rows } = await world.pool.query<{ commands: number; entries: number }>(
        `select (select count(*)::int from responder.command) as commands,
                (select count(*)::int from responder.audit where kind = 'command.given') as entries`,
      );
      return rows[0] ?? { commands: NaN, entries: NaN };
    };
    for (const { name, action, fields } of forms) {
      const before = await given();
      await fetch(`${origin}${action}`, {
        method: 'POST',
        headers,
        redirect: 'manual',
        body: new URLSearchParams(fields),
      });
      const after = await given();
      expect([name, after.commands - before.commands, after.entries - before.entries]).toEqual([name, 1, 1]);
    }
    expect([...new Set(forms.map(({ name }) => name))].sort()).toEqual(Object.keys(BUTTONS).sort());
  });
});

interface Form {
  readonly name: string;
  readonly action: string;
  readonly fields: Record<string, string>;
}

/** Of pages of one kind, such as incidents, and of a button: the first ones stand for all. */
const MOST_ALIKE = 4;

/** Every form of every page that the desk leads to, each button a few times. */
async function formsOf(read: (path: string) => Promise<string>): Promise<Form[]> {
  const seen = new Set<string>(['/']);
  const kinds = new Map<string, number>();
  const forms = new Map<string, Form>();
  const some = (kind: string): boolean => {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    return (kinds.get(kind) ?? 0) <= MOST_ALIKE;
  };
  for (const path of seen) {
    const page = await read(path);
    for (const [, to = ''] of page.matchAll(/href="(\/(?!\/|api\/)[^"#]*)/g))
      if (!seen.has(to) && some(to.replaceAll(/(?<=\/[a-z]+\/)[^/?]+|\d+/g, '*'))) seen.add(to);
    for (const [, action = '', inner = ''] of page.matchAll(
      /<form[^>]* action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g,
    )) {
      const name = /^\/do\/([\w-]+)\//.exec(action)?.[1];
      // The others change nothing of the responder: who looks, a search, and the sandbox's own world.
      if (name === undefined) expect(action).toMatch(/^\/(as|search|world\/[a-z]+)$/);
      else if (!forms.has(action) && some(name))
        forms.set(action, {
          name,
          action,
          fields: {
            reason: 'because',
            ...Object.fromEntries(
              [...inner.matchAll(/<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"/g)].map(
                ([, key = '', value = '']) => [key, value] as const,
              ),
            ),
            ...Object.fromEntries(
              [...inner.matchAll(/<select[^>]* name="([^"]+)"[^>]*>\s*<option[^>]* value="([^"]*)"/g)].map(
                ([, key = '', value = '']) => [key, value] as const,
              ),
            ),
          },
        });
    }
  }
  return [...forms.values()];
}

const NAMES = [
  `"><img src=x onerror=hit()>`,
  `'><svg/onload=hit()><img src=x>`,
  `</script><script>hit()</script><img src=x>`,
  `javascript:hit()//<img src=x>`,
  `</title></style><iframe src=//evil.example><img src=x>`,
];
/** What every other door is tried with, behind it. */
const TAILS = NASTY.filter((text) => text.length < 100);
let named = 0;
function name(): string {
  named += 1;
  return `${NAMES[named % NAMES.length]}${TAILS[named % TAILS.length]}`;
}

/** Every text of the answer is hostile, and so is every name that others choose. What code goes by stays. */
function poisoned(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return /^\d{4}-\d\d-\d\dT/.test(value) || ['kind', 'state', 'trust', 'plan'].includes(key) || value === ''
      ? value
      : `${name()}${value}`;
  if (Array.isArray(value)) return value.map((one) => poisoned(one, key === 'may' ? 'kind' : key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([inner, one]) => [inner, poisoned(one, inner)] as const);
  // Columns and keys are chosen by others, too.
  const more = ['rows', 'body', 'target'].includes(key) ? [[name(), name()] as const] : [];
  return Object.fromEntries([...entries, ...more]);
}
