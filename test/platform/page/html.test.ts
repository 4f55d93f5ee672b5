import { barChart, columnChart, timelineChart } from '../../../lambdas/platform/page/chart.ts';
import { html } from '../../../lambdas/platform/page/html.ts';
import { printPage } from '../../../lambdas/platform/page/page.ts';

const NASTY = `<img src="https://evil.example/x" onerror='alert(1)'> & "4 of 4"`;
const ESCAPED =
  '&lt;img src=&quot;https://evil.example/x&quot; onerror=&#39;alert(1)&#39;&gt; &amp; &quot;4 of 4&quot;';

test('whatever is put into a template is text: in an element, in an attribute, in a list', () => {
  expect(html`<p title="${NASTY}">${NASTY}</p>`.markup).toBe(`<p title="${ESCAPED}">${ESCAPED}</p>`);
  expect(html`${[NASTY, html`<b>${NASTY}</b>`]}`.markup).toBe(`${ESCAPED}<b>${ESCAPED}</b>`);
  expect(html`${false}${undefined}${0}`.markup).toBe('0');
  expect(printPage({ title: NASTY, kind: 'text', body: html`${NASTY}` })).not.toMatch(/<img|onerror='/);
});

test('charts escape names, labels and figures, too', () => {
  const chart = { id: 'x', title: NASTY, says: NASTY, series: [{ name: NASTY, colour: 'red' }] } as const;
  const grouped = { ...chart, groups: [{ label: NASTY, values: [1], shown: [NASTY] }], format: () => NASTY };
  const [from, to] = ['2026-11-23T14:00:00Z', '2026-11-23T15:00:00Z'];
  const one = { from, to, at: from, label: NASTY, colour: 'red' } as const;
  for (const drawn of [
    barChart(grouped),
    columnChart({ ...grouped, stacked: true }),
    timelineChart({ ...chart, from, to, lanes: [{ title: NASTY, bars: [one], marks: [one] }] }),
  ]) {
    expect(drawn.markup).toContain(ESCAPED);
    expect(drawn.markup).not.toMatch(/<img|onerror='/);
  }
});

test('control characters do not reach a page', () => {
  expect(html`${'a\u0000b\u0007c\u009fd\te\nf'}`.markup).toBe('a\ufffdb\ufffdc\ufffdd\te\nf');
});
