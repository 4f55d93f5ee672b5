/* global document, getComputedStyle, matchMedia, HTMLElement, NodeFilter */
/** What runs inside a shown page: plain JavaScript, so that no product code sees a browser's types. */

export function layoutFaults() {
  document.querySelectorAll('details').forEach((one) => (one.open = true));
  const wide = document.documentElement.clientWidth;
  const whole = document.documentElement.scrollWidth;
  const faults = whole > wide ? [`the page is ${whole} px wide; wanted ${wide}`] : [];
  const isHidden = (element) => {
    if (element === null) return false;
    const { clipPath, overflow } = getComputedStyle(element);
    return (clipPath !== 'none' && overflow === 'hidden') || isHidden(element.parentElement);
  };
  for (const element of document.body.querySelectorAll('*')) {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (width * height === 0 || isHidden(element)) continue;
    const what = `<${element.tagName.toLowerCase()}> "${(element.textContent ?? '').trim().slice(0, 40)}"`;
    if (left < -0.5 || right > wide + 0.5) faults.push(`${what} reaches from ${left} to ${right}`);
    const svg = element.tagName === 'text' && element.closest('svg').getBoundingClientRect();
    if (svg && (left < svg.left - 1 || right > svg.right + 1)) faults.push(`${what} leaves its chart`);
    const { clientWidth, scrollWidth } = element;
    if (element instanceof HTMLElement && clientWidth > 0 && scrollWidth > clientWidth + 1)
      faults.push(`${what} overflows: ${scrollWidth} in ${clientWidth} px`);
  }
  return faults;
}

export function referenceFaults() {
  const referring = '[href], [src], [srcset], [action], [data], object, iframe, script, link';
  return [...document.querySelectorAll(referring)]
    .filter((element) => {
      const to = element.getAttribute('href') ?? '';
      return !(element.tagName === 'A' && to.startsWith('#') && document.getElementById(to.slice(1)));
    })
    .map((element) => element.outerHTML.slice(0, 120));
}

export function contrastFaults() {
  const read = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = read(colour).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (element === null)
      return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return read(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faults = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || ['title', 'desc', 'STYLE'].includes(element.tagName)) continue;
    const { color, fill } = getComputedStyle(element);
    const ink = element.closest('svg') ? fill : color;
    const [light, dark] = [luminance(ink), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5)
      faults.add(`"${text.slice(0, 40)}" is ${ink} on ${behind(element)}: ${ratio.toFixed(2)} : 1`);
  }
  return [...faults];
}

export function drawnCharts() {
  return [...document.querySelectorAll('[data-chart]')].map((chart) => ({
    id: chart.dataset.chart,
    figures: JSON.parse(chart.dataset.figures),
    title: chart.querySelector('svg[role=img] > title')?.textContent ?? '',
    says: chart.querySelector('svg[role=img] > desc')?.textContent ?? '',
    marks: [...chart.querySelectorAll('[data-value]')].map((mark) => {
      const { width, height } = mark.getBBox();
      return { value: Number(mark.dataset.value), width, height };
    }),
    tableRows: chart.querySelectorAll('tbody tr').length,
  }));
}

/** What no page of ours has: elements and attributes that only somebody else's text could have made. */
export function planted() {
  const wrong = [...document.querySelectorAll('img, svg, iframe, object, embed, base, meta[http-equiv]')].map(
    (one) => one.outerHTML,
  );
  for (const script of document.scripts)
    if (script.getAttribute('src') !== '/desk.js') wrong.push(script.outerHTML);
  for (const one of document.querySelectorAll('*'))
    for (const { name, value } of one.attributes) {
      const leads = ['href', 'action', 'src'].includes(name) && !/^(\/(?!\/)|#|https?:)/.test(value);
      if (name.startsWith('on') || leads) wrong.push(`${name}=${value}`);
    }
  return wrong;
}
