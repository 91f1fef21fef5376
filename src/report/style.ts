/** The style sheet of the report: light and dark, narrow and printed. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d8dee4; --drift: #a83a06; --calm: #1a6b3c; --wash: #fff4ee; --link: #0a5a94; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #a3adb8; --paper: #14171b; --line: #30363d; --drift: #ff9a5c; --calm: #6cd19a; --wash: #2b1d14; --link: #7cc0f4; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
.over { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
h1 { margin: .25rem 0 .5rem; font-size: 1.7rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; }
h3 { display: inline; margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
h1.drift, .drift > details > summary span, tr.drift > th, tr.drift > th a, tr.drift > td:nth-child(2) { color: var(--drift); }
h1.calm { color: var(--calm); }
.lead { font-size: 1.05rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
header p:last-child, .note { color: var(--soft); font-size: .88em; margin: .5rem 0 .75rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
ul.moved { margin: 0; padding: 0; list-style: none; }
ul.moved li { padding: .4rem 0 .4rem .75rem; border-left: 3px solid var(--drift); margin-bottom: .6rem; overflow-wrap: anywhere; }
small { color: var(--soft); font-size: .88em; }
table { width: 100%; border-collapse: collapse; font-size: .92em; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: .25rem; }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 7rem; }
tr.drift { background: var(--wash); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.overview td:nth-child(2) { white-space: nowrap; }
.overview td:nth-child(3) { overflow-wrap: anywhere; min-width: 12rem; }
thead button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
thead button::after { content: ' ↕'; opacity: .55; }
[aria-sort=ascending] button::after { content: ' ↑'; opacity: 1; }
[aria-sort=descending] button::after { content: ' ↓'; opacity: 1; }
.wide { overflow-x: auto; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: baseline; margin-bottom: .75rem; }
.filter input, .filter select { font: inherit; padding: .2rem .4rem; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 4px; }
.filter input { width: 13rem; max-width: 100%; }
output { color: var(--soft); }
section.column { border-top: 1px solid var(--line); padding: .5rem 0; }
section.column > details[open] { padding-bottom: 1rem; }
section.column p { margin: .35rem 0 .75rem; overflow-wrap: anywhere; }
summary { cursor: pointer; }
summary span { color: var(--soft); font-size: .88em; margin-left: .35rem; }
.pair { display: grid; grid-template-columns: minmax(0, 430px) minmax(14rem, 1fr); gap: 1.5rem; align-items: start; }
.pair > :only-child { grid-column: 1 / -1; }
.statistics { font-size: .85em; }
.statistics th, .statistics td { padding-block: .15rem; }
.statistics td, .statistics thead th:nth-child(n+2) { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
figure svg { max-width: 100%; height: auto; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1.5rem; margin: 0; }
dt { color: var(--soft); font-size: .88em; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 44rem) { .pair { grid-template-columns: minmax(0, 1fr); } h1 { font-size: 1.35rem; } main { padding: 1.25rem 1rem 3rem; } }
@media print { .filter, thead button::after { display: none; } .wide { overflow: visible; } section.column, tr, li { break-inside: avoid; } h2 { break-after: avoid; } body { font-size: 11px; } main { max-width: none; padding: 0; } }
`;
