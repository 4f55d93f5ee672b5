import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { booted, type Defer } from '../../emulator/test/support/booted.ts';
import { describeWith } from '../../emulator/test/support/needs.ts';
import * as inPage from './in-page.js';

/** Pages as people see them: in Debian's Chromium, headless, and with nobody to talk to. */

/** Where Chromium is; undefined where there is none. */
export const chromiumPath = (): string | undefined =>
  [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));

export const describeInBrowser = describeWith(
  'Chromium',
  chromiumPath(),
  'Looked at $CHROMIUM and /usr/bin/chromium; Debian has it as chromium.',
);

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Look {
  /** CSS pixels. */
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** Every page must be readable like this. */
export const LOOKS: readonly Look[] = [400, 1_400].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

export interface Browser {
  /** The page as it stands, alone: any request that it makes fails, and is kept in `asked`. */
  show(html: string, look: Look): Promise<Page>;
  /** Addresses that shown pages asked for. */
  readonly asked: readonly string[];
}

export const bootBrowser = (): Browser => booted(openBrowser);

export interface Visitors {
  /** A browser of one's own, with its own cookies, on a phone: 400 pixels wide unless it says otherwise. */
  visitor(options?: BrowserContextOptions): Promise<Page>;
}

/** Browsers that do reach servers on this machine. */
export const bootVisitors = (): Visitors =>
  booted(async (defer) => {
    const browser = await chromium.launch({ executablePath: pathOf(), headless: true, args: FLAGS });
    defer(() => browser.close());
    return {
      async visitor(options = {}) {
        const context = await browser.newContext({ viewport: { width: 400, height: 800 }, ...options });
        context.setDefaultTimeout(60_000);
        return context.newPage();
      },
    };
  });

function pathOf(): string {
  const path = chromiumPath();
  if (path === undefined) throw new Error('no Chromium; use describeInBrowser, which skips');
  return path;
}

async function openBrowser(defer: Defer): Promise<Browser> {
  const executablePath = pathOf();
  const profile = await mkdtemp(join(tmpdir(), 'responder-chromium-'));
  defer(() => rm(profile, { recursive: true, force: true }));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    offline: true,
  });
  defer(() => context.close());
  const asked: string[] = [];
  await context.route('**/*', (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  const [page] = context.pages();
  const shown = page ?? (await context.newPage());
  return {
    asked,
    async show(html, { width, scheme }) {
      await shown.setViewportSize({ width, height: 900 });
      await shown.emulateMedia({ colorScheme: scheme });
      await shown.setContent(html, { waitUntil: 'load' });
      return shown;
    },
  };
}

/** What is wrong with the page's layout for whoever reads it, folds unfolded: empty when nothing is. */
export const layoutFaults = (page: Page): Promise<string[]> => page.evaluate(inPage.layoutFaults);

/** References that lead nowhere, or out of the page: only anchors inside it are taken. */
export const referenceFaults = (page: Page): Promise<string[]> => page.evaluate(inPage.referenceFaults);

/** Text whose contrast with what lies behind it is below WCAG's 4.5 : 1. */
export const contrastFaults = (page: Page): Promise<string[]> => page.evaluate(inPage.contrastFaults);

/** Every chart: the figures that it carries, and the marks that it draws of them. */
export const drawnCharts = (page: Page): Promise<ReturnType<typeof inPage.drawnCharts>> =>
  page.evaluate(inPage.drawnCharts);
