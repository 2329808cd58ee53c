/** The style of the training report: one column, system fonts, colours of sufficient contrast in light and dark. */
export const REPORT_STYLE = `
:root { --ground: #fbfcfb; --panel: #fff; --ink: #17211b; --quiet: #57645c; --line: #dce3de; --leaf: #1f7a4d; --warn: #b4471a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #101512; --panel: #171e1a; --ink: #e6ede8; --quiet: #9caaa1; --line: #2b352f; --leaf: #58c48d; --warn: #f0915f; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.125rem; }
.lead, .note, figcaption, caption, dt { color: var(--quiet); }
.lead { margin: .25rem 0 2rem; }
.note, figcaption, caption { font-size: .875rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1px; margin: 0 0 2rem; background: var(--line); border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.figures div { background: var(--panel); padding: .875rem 1rem; }
dt { font-size: .8125rem; }
dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.25rem; }
figure { margin: 0; max-width: 29rem; padding: 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, sans-serif; }
.grid { stroke: var(--line); fill: none; }
.tick, .axis { fill: var(--quiet); }
.baseline { stroke: var(--quiet); stroke-dasharray: 4 4; fill: none; }
.area { fill: var(--leaf); opacity: .12; }
.curve { stroke: var(--leaf); stroke-width: 2; stroke-linejoin: round; fill: none; }
.mark { stroke: var(--ink); stroke-width: 2; fill: var(--panel); }
.threshold { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 3; }
path.normal { fill: var(--leaf); opacity: .55; }
path.anomalous { fill: var(--warn); opacity: .75; }
.key { white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: .75rem; height: .75rem; margin: 0 .375rem 0 .75rem; border-radius: 2px; background: var(--leaf); }
.key.anomalous::before { background: var(--warn); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); text-align: left; font-weight: 400; overflow-wrap: anywhere; }
th { width: 11rem; color: var(--quiet); }
.bar span { display: block; height: .625rem; border-radius: .3125rem; background: var(--leaf); min-width: 2px; }
td.bar { width: 60%; }
`.trim();
