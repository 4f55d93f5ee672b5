import { createHash } from 'node:crypto';
import { answerWith, type Page } from '../../../lambdas/escalation/acknowledge/page.ts';
import {
  bootBrowser,
  contrastFaults,
  describeInBrowser,
  layoutFaults,
  LOOKS,
} from '../../support/browser.ts';

const NASTY = `<img src=x onerror="alert(1)"> & 'it'`;
const PAGE: Page = {
  status: 200,
  title: 'SEV-2: cur-freshness, period 2026-11',
  says: ['Press the button to take this incident.', NASTY],
  facts: [
    ['Last run', `escalated: ${NASTY}`],
    ['Incident', `INC-${'x'.repeat(80)}`],
  ],
  steps: [['The whole story:', `npm run respond -- incident INC-${'x'.repeat(80)}`]],
  button: { text: 'Acknowledge: I am handling it', token: `${'t'.repeat(400)}"` },
};

test('its policy allows the one style sheet that it carries, and nothing else', () => {
  const { headers, body } = answerWith(PAGE);
  const [, sheet = ''] = /<style>(.*)<\/style>/s.exec(body) ?? [];
  const hash = createHash('sha256').update(sheet).digest('base64');
  expect(headers['content-security-policy']).toContain(`default-src 'none'; style-src 'sha256-${hash}';`);
  expect(body).not.toMatch(/<script|<img|style=|https?:/);
  expect(body).toContain(`value="${'t'.repeat(400)}&quot;"`);
});

describeInBrowser('the page behind a link, in a browser', () => {
  const browser = bootBrowser();

  test.each(LOOKS)('is readable at $width px, $scheme', async (look) => {
    const shown = await browser.show(answerWith(PAGE).body, look);
    if (process.env['SCREENSHOTS'])
      await shown.screenshot({
        path: `${process.env['SCREENSHOTS']}/acknowledge-${look.width}-${look.scheme}.png`,
        fullPage: true,
      });
    expect(await layoutFaults(shown)).toEqual([]);
    expect(await contrastFaults(shown)).toEqual([]);
    expect(await shown.innerText('body')).toContain(NASTY);
    expect(browser.asked).toEqual([]);
  });
});
