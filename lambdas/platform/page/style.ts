/** The style of all pages: no external font, image or script, and contrast of at least 4.5 : 1. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #4d5868; --line: #d9dee6;
  --accent: #0b5cad; --warn-bg: #fff3e6; --warn: #8a3c00; --good-bg: #e9f6ee; --good: #0d5c2f; --bad: #b3232a;
  --red: #c62f35; --orange: #d97908; --blue: #2f7fd0; --grey: #7b8696; --green: #2f9358; --violet: #7a58c1; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #12161c; --card: #1b212a; --ink: #e8ecf2; --soft: #aab4c3; --line: #333d4b;
    --accent: #7db8f5; --warn-bg: #3a2812; --warn: #ffc48a; --good-bg: #14301f; --good: #8fdcad; --bad: #ff9a9c;
    --red: #ef6b6e; --orange: #f0a04b; --blue: #63a8ee; --grey: #8f9bac; --green: #57bd82; --violet: #a98be6; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 0 16px; }
.text main { max-width: 1080px; padding: 28px 20px 64px; }
.form main { max-width: 38rem; padding: 20px; font-size: 1.1rem; }
header { padding-top: 28px; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 8px; font-size: 1.1rem; }
.text h2 { margin: 44px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { margin: 22px 0 8px; font-size: 1rem; }
p { margin: 0 0 10px; }
a { color: var(--accent); text-underline-offset: 2px; }
code, .cites { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
code { font-size: .92em; }
.soft, .note, footer { color: var(--soft); }
.note { font-size: .88rem; max-width: 78ch; }
.card, figure, .tiles > * { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.card { margin: 16px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 12px; margin: 18px 0 0; padding: 0; list-style: none; }
.board .tiles { grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr)); }
.text .tiles { grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.tiles dt, .tiles .label { color: var(--soft); font-size: .85rem; }
.tiles dd, .tiles .value { display: block; margin: 0; font-size: 1.45rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; color: var(--soft); font-size: .82rem; font-weight: 400; }
.tiles p { margin: 4px 0; font-size: .88rem; }
.first { background: var(--warn-bg); border-color: var(--warn); }
.first h2, .first li { color: var(--warn); }
.first ol { margin: 0; padding-left: 1.4em; }
.first.calm { background: var(--good-bg); border-color: var(--good); }
.first.calm h2 { color: var(--good); margin-bottom: 0; }
.chain { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; list-style: none; font-size: .92rem; }
.chain .done { color: var(--good); }
nav ul, .legend { display: flex; flex-wrap: wrap; gap: 4px 14px; list-style: none; padding: 0; font-size: .88rem; }
nav ul { margin: 12px 0 0; }
.charts { margin: 20px 0 4px; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 16px; }
main > section { min-width: 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; }
svg[role] { display: block; overflow: visible; }
svg text { fill: var(--ink); font-size: 12.5px; }
.axis { stroke: var(--line); stroke-width: 1; }
.legend { margin: 0 0 6px; color: var(--soft); }
.legend svg { width: 10px; height: 10px; margin-right: 6px; }
.mark { stroke: var(--card); stroke-width: 1.5; }
.c-red { fill: var(--red); } .c-orange { fill: var(--orange); } .c-blue { fill: var(--blue); }
.c-grey { fill: var(--grey); } .c-green { fill: var(--green); } .c-violet { fill: var(--violet); }
details { margin-top: 8px; font-size: .85rem; }
section > details, details.card { margin: 0; }
.board main { padding-top: 16px; }
summary { cursor: pointer; color: var(--accent); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
.n { white-space: nowrap; }
thead th { overflow-wrap: normal; color: var(--soft); font-weight: 600; font-size: .82rem; }
tbody th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
.none { color: var(--soft); margin: 0; }
.facts, .timeline, .sources { margin: 0; padding: 0; list-style: none; }
.facts > li { margin: 0 0 10px 16px; list-style: disc; }
.in-short { font-size: 1.06rem; max-width: 78ch; }
.cites { font-size: .82rem; }
.cites a { padding: 0 1px; text-decoration: none; }
.cites a:hover, .cites a:focus { text-decoration: underline; }
sup { line-height: 0; }
.text .tiles + .facts { margin-top: 16px; }
.timeline > li { display: grid; grid-template-columns: 12.2rem 1fr; gap: 2px 14px; padding: 7px 0; border-bottom: 1px solid var(--line); }
.timeline time { color: var(--soft); font-variant-numeric: tabular-nums; font-size: .88rem; }
.blank { padding: 12px 14px; background: var(--warn-bg); color: var(--warn); border: 1px dashed var(--warn); border-radius: 10px; }
.blank strong { display: block; font-size: .8rem; letter-spacing: .04em; }
.sources > li { padding: 8px 10px; border-bottom: 1px solid var(--line); font-size: .88rem; }
.sources > li:target { background: var(--card); outline: 1px solid var(--accent); }
.sources b { margin-right: 6px; }
.form h1 { margin: 4px 0 16px; }
.form dt { font-size: .85rem; color: var(--soft); }
.form dd { margin: 0 0 .6rem; }
.form ul { padding-left: 1.1rem; }
.form li { margin: .6rem 0; }
.form code { display: block; padding: .5rem .6rem; border-radius: .35rem; background: var(--card); border: 1px solid var(--line); }
button { width: 100%; padding: 1rem; border: 0; border-radius: 10px; background: #0b5cad; color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 3px solid #f0a000; outline-offset: 2px; }
footer { padding-top: 8px; padding-bottom: 40px; font-size: .88rem; }
.desk main { max-width: 860px; padding: 12px 16px 64px; }
.desk h1 { margin: 8px 0 10px; }
.desk h2 { margin: 0 0 8px; }
.bar { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: center; justify-content: space-between; max-width: 860px; padding: 2px 16px 6px; border-bottom: 1px solid var(--line); }
.bar nav ul { margin: 0; gap: 0 12px; font-size: .95rem; }
.bar nav a { display: inline-block; padding: 9px 0; }
.bar p { margin: 0; }
.who { font-size: .88rem; color: var(--soft); }
.who strong { color: var(--ink); margin-left: 8px; }
.person { display: flex; gap: 8px; align-items: center; }
.person button, .person select { min-height: 36px; padding-top: 4px; padding-bottom: 4px; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 999px; border: 1px solid currentColor; font-size: .8rem; font-weight: 650; white-space: nowrap; }
.badge.sev-1, .badge.sev-2, .bad { color: var(--bad); }
.badge.sev-3, .badge.open { color: var(--warn); }
.badge.good { color: var(--good); }
.badge.busy, .badge.sev-4 { color: var(--soft); }
.step { border-left: 4px solid var(--accent); padding-left: 10px; }
.calm { background: var(--good-bg); border-color: var(--good); color: var(--good); }
.said { background: var(--good-bg); border: 1px solid var(--good); border-radius: 10px; padding: 10px 14px; color: var(--good); white-space: pre-line; }
.actions { display: flex; flex-wrap: wrap; gap: 10px; align-items: start; margin: 12px 0; }
.actions > * { margin: 0; flex: 1 1 10rem; }
.desk button, .button { display: inline-block; width: 100%; min-height: 44px; padding: .6rem 1rem; border: 1px solid #0b5cad; border-radius: 10px; background: #0b5cad; color: #fff; font: inherit; font-weight: 600; text-align: center; text-decoration: none; }
.desk button.quiet { background: transparent; color: var(--accent); border-color: var(--line); }
.desk button:disabled { background: var(--grey); border-color: var(--grey); cursor: not-allowed; }
.person button { width: auto; padding-left: 6px; padding-right: 6px; font-weight: 400; }
.ask summary { min-height: 44px; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: 10px; font-size: 15px; font-weight: 600; text-align: center; list-style: none; }
.ask summary::-webkit-details-marker { display: none; }
.ask[open] { flex-basis: 100%; }
.ask[open] summary { border-style: dashed; }
.ask form { padding: 10px 0; }
.desk label { display: block; margin: 0 0 10px; font-size: .9rem; color: var(--soft); }
input, select { display: block; width: 100%; min-height: 44px; padding: 8px 10px; border: 1px solid var(--grey); border-radius: 8px; background: var(--card); color: var(--ink); font: inherit; font-size: 16px; }
.person select { width: auto; padding-right: 4px; }
:is(a, summary, input, select, .button):focus-visible { outline: 3px solid #f0a000; outline-offset: 2px; }
pre { margin: 8px 0; padding: 10px 12px; max-width: 100%; overflow-x: auto; white-space: pre-wrap; background: var(--bg); border: 1px solid var(--line); border-radius: 8px; font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
.rows { margin: 0; padding: 0; list-style: none; }
.rows > li { padding: 8px 0; border-bottom: 1px solid var(--line); }
.rows > li:last-child { border-bottom: 0; }
.pairs { margin: 8px 0 0; }
.pairs dt { color: var(--soft); font-size: .85rem; }
.pairs dd { margin: 0 0 8px; }
.pairs ol { margin: 0; padding-left: 1.3em; }
.desk .timeline { font-size: .92rem; }
.timeline details { margin: 0; font-size: inherit; } .timeline summary { color: inherit; }
@media (min-width: 1000px) {
  .board main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
  .board main > .card { margin: 0; }
  .board main > .wide { grid-column: 1 / -1; }
}
@media (max-width: 640px) {
  .bar nav { flex-basis: 100%; } .bar nav ul { gap: 0 8px; font-size: .82rem; } .bar .who { font-size: .8rem; }
  .board .tiles > * { padding: 10px 12px; } .board .tiles dd { font-size: 1.2rem; }
  .timeline > li { grid-template-columns: 1fr; }
  section table, section tbody, section tr, section td, section th { display: block; }
  section thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  section tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
  section tr:last-child { border-bottom: 0; }
  section td, section tbody th { border: 0; padding: 1px 0; }
  section td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  section td:empty { display: none; }
}
@media print { body { background: #fff; } .card, figure, .tiles > * { break-inside: avoid; } }
`;
