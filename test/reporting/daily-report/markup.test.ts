import { barChart } from '../../../lambdas/reporting/daily-report/chart.ts';
import { html } from '../../../lambdas/platform/html.ts';
import { NASTY } from './seed.ts';

test('whatever is put into a template is text: in an element, in an attribute, in a list, in a chart', () => {
  const escaped =
    '&lt;img src=&quot;https://evil.example/x&quot; onerror=&#39;alert(1)&#39;&gt; &amp; &quot;4 of 4&quot;';
  expect(html`<p title="${NASTY}">${NASTY}</p>`.markup).toBe(`<p title="${escaped}">${escaped}</p>`);
  expect(html`${[NASTY, html`<b>${NASTY}</b>`]}`.markup).toBe(`${escaped}<b>${escaped}</b>`);
  const chart = { id: 'x', title: NASTY, says: NASTY, series: [{ name: NASTY, colour: NASTY }] };
  const drawn = barChart({
    ...chart,
    groups: [{ label: NASTY, values: [1], shown: [NASTY] }],
    format: String,
  });
  expect(drawn.markup).not.toMatch(/<img|onerror='/);
});

test('control characters do not reach a page', () => {
  expect(html`${'a\u0000b\u0007c\u009fd\te\nf'}`.markup).toBe('a\ufffdb\ufffdc\ufffdd\te\nf');
});
