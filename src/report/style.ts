/** The style sheet of the report: light and dark, narrow and printed. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d8dee4; --drift: #b3400a; --calm: #1a6b3c; --wash: #fff4ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --paper: #14171b; --line: #30363d; --drift: #ff9a5c; --calm: #6cd19a; --wash: #2b1d14; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
.over { margin: 0; color: var(--soft); }
h1 { margin: .25rem 0 .5rem; font-size: 1.7rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .25rem; font-size: 1.15rem; overflow-wrap: anywhere; }
h1.drift, h2.drift, tr.drift > th, tr.drift > td:nth-child(2) { color: var(--drift); }
h1.calm { color: var(--calm); }
section > p, header > p { margin: 0 0 .75rem; color: var(--soft); }
table { width: 100%; border-collapse: collapse; font-size: .92em; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 500; }
tbody th { font-weight: 600; }
tr.drift { background: var(--wash); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { white-space: nowrap; }
thead th:nth-last-child(-n+2) { text-align: right; }
section > table td:nth-child(2) { white-space: nowrap; }
.note { color: var(--soft); font-size: .88em; margin-top: .75rem; }
.pair { display: grid; grid-template-columns: minmax(0, 430px) minmax(14rem, 1fr); gap: 1.5rem; align-items: start; }
.pair thead th:nth-child(2) { text-align: right; }
figure { margin: 0; }
details { margin-top: .6rem; }
summary { color: var(--soft); font-size: .88em; cursor: pointer; }
figure svg { max-width: 100%; height: auto; }
@media (max-width: 44rem) { .pair { grid-template-columns: 1fr; } }
@media print { .column { break-inside: avoid; } }
`;
