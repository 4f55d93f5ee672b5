/** One sheet for a page that stands alone: no font, image or script of anybody else. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #4d5868; --line: #d9dee6;
  --accent: #0b5cad; --warn-bg: #fff3e6; --warn: #8a3c00; --good-bg: #e9f6ee; --good: #0d5c2f;
  --red: #c62f35; --orange: #d97908; --blue: #2f7fd0; --grey: #7b8696; --green: #2f9358; --violet: #7a58c1; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #12161c; --card: #1b212a; --ink: #e8ecf2; --soft: #aab4c3; --line: #333d4b;
    --accent: #7db8f5; --warn-bg: #3a2812; --warn: #ffc48a; --good-bg: #14301f; --good: #8fdcad;
    --red: #ef6b6e; --orange: #f0a04b; --blue: #63a8ee; --grey: #8f9bac; --green: #57bd82; --violet: #a98be6; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 28px; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 8px; font-size: 1.1rem; }
p { margin: 0 0 10px; }
a { color: var(--accent); }
code { font: .92em ui-monospace, "DejaVu Sans Mono", monospace; }
.soft, .note, footer { color: var(--soft); }
.note { font-size: .88rem; max-width: 78ch; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 16px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 12px; margin: 18px 0 0; padding: 0; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; color: var(--soft); font-size: .82rem; font-weight: 400; }
.first { background: var(--warn-bg); border-color: var(--warn); }
.first h2, .first li { color: var(--warn); }
.first ol { margin: 0; padding-left: 1.4em; }
.first.calm { background: var(--good-bg); border-color: var(--good); }
.first.calm h2, .first.calm p { color: var(--good); margin-bottom: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 14px; list-style: none; margin: 12px 0 0; padding: 0; font-size: .9rem; }
.charts { margin: 20px 0 4px; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 16px; }
main > section { min-width: 0; }
figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; }
figure > svg { display: block; width: 100%; height: auto; max-width: 460px; }
svg text { fill: var(--ink); font-size: 12.5px; }
.axis { stroke: var(--line); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; margin: 0 0 6px; padding: 0; font-size: .85rem; color: var(--soft); }
.legend svg { width: 10px; height: 10px; margin-right: 6px; }
.c-red { fill: var(--red); } .c-orange { fill: var(--orange); } .c-blue { fill: var(--blue); }
.c-grey { fill: var(--grey); } .c-green { fill: var(--green); } .c-violet { fill: var(--violet); }
details { margin-top: 8px; font-size: .85rem; }
summary { cursor: pointer; color: var(--accent); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
.n { white-space: nowrap; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; }
tbody th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
.none { color: var(--soft); margin: 0; }
footer { padding-top: 8px; padding-bottom: 40px; font-size: .88rem; }
@media (min-width: 1000px) {
  main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
  main > .card { margin: 0; }
  main > .wide, main > .charts { grid-column: 1 / -1; }
}
@media (max-width: 640px) {
  section table, section tbody, section tr, section td, section th { display: block; }
  section thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  section tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
  section tr:last-child { border-bottom: 0; }
  section td, section tbody th { border: 0; padding: 1px 0; }
  section td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  section td:empty { display: none; }
}
@media print { body { background: #fff; } .card, figure, .tiles > div { break-inside: avoid; } }
`;
