/** Of the page: light and dark as the reader's system has it, one column at any width. No colour of text is below 4.5 : 1. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fdfdfc;--raised:#f3f3f0;--ink:#1c1d1f;--soft:#55585e;--line:#d5d6d2;--accent:#1d5fa8;--good:#2c7a4b;--bad:#b3372b;--plain:#6d7683;--blank:#7a4d00;--blank-paper:#fdf3dc}
@media (prefers-color-scheme:dark){:root{--paper:#17181b;--raised:#212328;--ink:#e8e8e6;--soft:#a9adb5;--line:#3a3d44;--accent:#86b7f2;--good:#5cbf83;--bad:#f08578;--plain:#8f98a6;--blank:#f0c46a;--blank-paper:#2c2617}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:28px 20px 64px}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 4px}
h2{font-size:1.15rem;margin:44px 0 12px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:22px 0 8px}
p{margin:8px 0}
.about,.note{color:var(--soft)}
.note{font-size:.9rem;border-left:3px solid var(--line);padding-left:12px}
a{color:var(--accent);text-underline-offset:2px}
ul,ol{list-style:none;margin:0;padding:0}
li{margin:0 0 10px}
.facts>li{padding-left:16px;position:relative}
.facts>li::before{content:"";position:absolute;left:2px;top:.68em;width:5px;height:5px;border-radius:50%;background:var(--plain)}
.cites{font-size:.78rem;margin-left:2px}
.cites a{display:inline-block;text-decoration:none;background:var(--raised);border:1px solid var(--line);border-radius:4px;padding:0 5px;margin:1px 2px 1px 0;max-width:100%}
.cites a:hover,.cites a:focus{text-decoration:underline}
code,.cites{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{font-size:.84em}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:12px}
.figures>li{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:12px 14px;margin:0}
.figures .label{color:var(--soft);font-size:.85rem}
.figures .value{display:block;font-size:1.45rem;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
.figures p{font-size:.88rem;margin:4px 0 6px}
.timeline>li{display:grid;grid-template-columns:12.2rem 1fr;gap:2px 14px;padding:7px 0;margin:0;border-bottom:1px solid var(--line)}
.timeline time{color:var(--soft);font-variant-numeric:tabular-nums;font-size:.88rem;padding-top:.1em}
@media (max-width:640px){main{padding:18px 14px 48px}.timeline>li{grid-template-columns:1fr}}
.blank{background:var(--blank-paper);border:1px dashed var(--blank);border-radius:8px;padding:12px 14px;color:var(--blank)}
.blank strong{display:block;font-size:.8rem;letter-spacing:.04em}
.sources>li{padding:8px 10px;border:1px solid transparent;border-bottom-color:var(--line);margin:0;font-size:.88rem}
.sources>li:target{background:var(--raised);border-color:var(--accent);border-radius:6px}
.sources .id{font-weight:650;margin-right:6px}
.chart{display:block;margin:18px 0 4px;overflow:visible}
.chart text{fill:var(--soft);font-size:12px;font-family:inherit}
.chart .lane{fill:var(--ink);font-weight:600}
.chart .rail,.chart .axis{stroke:var(--line)}
.chart .plain{fill:var(--plain)}.chart .good{fill:var(--good)}.chart .bad{fill:var(--bad)}
.chart .mark{stroke:var(--paper);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:.82rem;color:var(--soft);margin:0 0 8px}
.legend span::before{content:"";display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px;background:var(--tone)}
@media print{.blank{background:none}}
`.trim();
