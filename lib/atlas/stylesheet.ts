const light = `color-scheme: light;
  --paper: #fdfcf9; --ink: #22211e; --quiet: #66625a; --rule: #ddd8cc; --tint: #f4f1ea; --link: #14507a;
  --accent: #8c3b1f; --gray: #d3cfc6; --unknown: #98938a; --warn: #a32020;`;

const dark = `color-scheme: dark;
  --paper: #1b1a18; --ink: #e6e2d9; --quiet: #a39d91; --rule: #3a3732; --tint: #252320; --link: #8fc1e6;
  --accent: #e2a184; --gray: #45423c; --unknown: #87827a; --warn: #f0958f;`;

/** The look of the atlas: the site's colours, as a sheet of panels. */
export const stylesheet: string = `:root { ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme="light"] { ${light} }
:root[data-theme="dark"] { ${dark} }
* { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: .875rem/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .4rem; background: var(--paper); padding: .3rem .6rem; z-index: 5; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.waiting { padding: 2rem; color: var(--quiet); }
h1, h2, h3, h4 { margin: 0; font-weight: 600; line-height: 1.3; }
h1 { font-size: 1.1rem; }
h2 { font-size: .95rem; }
h3 { font-size: .9rem; overflow-wrap: anywhere; }
h4 { font-size: .85rem; margin-top: .6rem; }
p { margin: .35rem 0; }
.quiet { color: var(--quiet); font-size: .8rem; }
.row { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; }
button, select, input, summary { font: inherit; color: inherit; }
button, select, input:not([type="checkbox"]), summary { background: var(--paper); border: 1px solid var(--rule); border-radius: .3rem; padding: .2rem .6rem; min-height: 1.9rem; }
summary { list-style: none; cursor: pointer; display: inline-block; }
summary::-webkit-details-marker { display: none; }
summary::after { content: " ▾"; color: var(--quiet); }
button { cursor: pointer; }
button:hover:not(:disabled), summary:hover { background: var(--tint); }
button:disabled { color: var(--quiet); opacity: .6; cursor: default; }
button[aria-pressed="true"] { background: var(--link); border-color: var(--link); color: var(--paper); }
button.text { border: 0; background: none; padding: 0 .1rem; min-height: 0; color: var(--link); text-align: left; }
button.text:hover { text-decoration: underline; }
label { display: inline-flex; gap: .35rem; align-items: center; }
label > span { color: var(--quiet); }
label.check > span { color: inherit; }
input[type="checkbox"] { width: 1rem; height: 1rem; margin: 0; accent-color: var(--link); }
.joined { display: inline-flex; }
.joined button { border-radius: 0; margin-left: -1px; min-width: 2rem; }
.joined button:first-child { border-radius: .3rem 0 0 .3rem; margin-left: 0; }
.joined button:last-child { border-radius: 0 .3rem .3rem 0; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--rule); }
.bar .end { margin-left: auto; }
.problem { background: var(--tint); border-left: 4px solid var(--warn); margin: .6rem 1rem 0; padding: .5rem .8rem; white-space: pre-line; display: flex; justify-content: space-between; gap: 1rem; align-items: start; overflow-wrap: anywhere; }
.menu { position: relative; }
.menu .items { position: absolute; right: 0; top: calc(100% + .3rem); z-index: 4; display: flex; flex-direction: column; gap: .2rem; background: var(--paper); border: 1px solid var(--rule); border-radius: .4rem; padding: .5rem; box-shadow: 0 .4rem 1.2rem #0004; max-height: 60vh; overflow-y: auto; white-space: nowrap; }
.menu .items button { text-align: left; border-color: transparent; }
.menu .items label { padding: .15rem .3rem; }
main { display: grid; grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr); gap: 0 1.2rem; padding: .8rem 1rem 2rem; align-items: start; }
.panel { position: relative; padding-bottom: 1rem; min-width: 0; }
.panel + .panel { border-top: 1px solid var(--rule); padding-top: .8rem; }
.panel > h2 { margin-bottom: .4rem; }
.map { position: sticky; top: .6rem; }
.map > h2 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.tools { justify-content: space-between; margin-bottom: .5rem; }
.plane { position: relative; height: calc(100vh - 13.5rem); min-height: 20rem; border: 1px solid var(--rule); border-radius: .3rem; overflow: hidden; }
.plane canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.surface { touch-action: none; cursor: crosshair; }
.plane[data-tool="pan"] .surface { cursor: grab; }
.plane[data-tool="pan"] .surface:active { cursor: grabbing; }
.surface:focus-visible { outline-offset: -3px; }
.below { min-height: 4.2rem; }
.hover { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem .5rem; max-height: 5.5rem; overflow-y: auto; padding: .15rem; }
.legend .level { display: inline-flex; align-items: center; gap: .35rem; border-color: transparent; padding: 0 .35rem; min-height: 1.7rem; }
.swatch { width: .8rem; height: .8rem; border-radius: 50%; flex: none; }
.count { color: var(--quiet); font-variant-numeric: tabular-nums; font-size: .8rem; white-space: nowrap; }
.scale { display: grid; grid-template-columns: auto 1fr auto; gap: .15rem .8rem; width: min(28rem, 100%); color: var(--quiet); }
.scale > :nth-child(3) { text-align: center; }
.ramp { grid-column: 1 / -1; height: .75rem; border-radius: .2rem; }
.help summary { border: 0; padding: 0; min-height: 0; color: var(--link); }
.count-line { font-size: 1.05rem; margin-top: 0; }
.saved { list-style: none; padding: 0; margin: .5rem 0 0; }
.saved li { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; padding: .2rem 0; }
.saved input { width: 8rem; font-weight: 600; }
.saved .count { min-width: 6.5rem; }
.coordinates > .menu { position: absolute; right: 0; top: .6rem; z-index: 3; }
.sideways { overflow-x: auto; overflow-y: hidden; }
.parallel { position: relative; height: 292px; }
.parallel canvas, .parallel .marks { position: absolute; inset: 0; width: 100%; height: 100%; }
.parallel .marks { overflow: visible; }
.axis { stroke: var(--ink); stroke-width: 1; }
.tick { fill: var(--ink); font-size: 11px; dominant-baseline: middle; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; pointer-events: none; }
.brush { fill: var(--link); fill-opacity: .35; stroke: var(--link); }
.target { fill: transparent; cursor: ns-resize; touch-action: none; }
.heads { position: absolute; left: 0; right: 0; top: 0; height: 30px; }
.head { position: absolute; bottom: 0; border: 0; background: none; padding: 0 .1rem; min-height: 0; max-height: 30px; font-size: .75rem; line-height: 1.2; overflow: hidden; text-wrap: balance; cursor: ew-resize; touch-action: none; }
.beside { display: flex; flex-wrap: wrap; gap: .8rem; align-items: start; margin: .4rem 0; }
.heat { width: 128px; height: 128px; image-rendering: pixelated; border: 1px solid var(--rule); display: block; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .8rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.neighbors { margin: .2rem 0 .5rem; padding-left: 1.6rem; }
.neighbors span { color: var(--quiet); font-size: .8rem; margin-left: .4rem; }
.guest { border-left: 4px solid var(--link); padding-left: .8rem; margin-bottom: .9rem; }
.compared select { max-width: 11rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .7rem; margin: .6rem 0; }
figure { margin: 0; width: 128px; }
figcaption { font-size: .75rem; line-height: 1.3; }
figcaption > * { display: block; overflow-wrap: anywhere; }
figcaption span { color: var(--quiet); }
.picture { padding: .2rem; width: 5.4rem; }
.picture .heat { width: 100%; height: auto; aspect-ratio: 1; }
.picture span { display: block; font-size: .7rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.table { grid-column: 1 / -1; border-top: 1px solid var(--rule); padding-top: .8rem; }
.scroller { height: 22rem; overflow: auto; border: 1px solid var(--rule); border-radius: .3rem; margin-top: .4rem; }
table { border-collapse: separate; border-spacing: 0; font-size: .8rem; font-variant-numeric: tabular-nums; min-width: 100%; }
tbody tr { height: 26px; }
tbody tr.odd > * { background: var(--tint); }
tbody tr.even > * { background: var(--paper); }
tbody tr[aria-selected="true"] th { box-shadow: inset 4px 0 var(--link); }
tbody tr.focus > * { color: var(--link); font-weight: 600; }
tbody tr:focus-visible { outline-offset: -2px; }
th, td { padding: 0 .7rem; white-space: nowrap; text-align: left; font-weight: 400; max-width: 18rem; overflow: hidden; text-overflow: ellipsis; }
.number { text-align: right; }
thead th { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--ink); height: 2rem; z-index: 2; }
tbody th { position: sticky; left: 0; z-index: 1; }
thead th:first-child { left: 0; z-index: 3; }
.dropping body::after { content: "Drop weights to place the model"; position: fixed; inset: 1rem; border: 3px dashed var(--link); border-radius: .6rem; display: grid; place-items: center; font-size: 1.4rem; background: color-mix(in srgb, var(--paper) 80%, transparent); z-index: 9; pointer-events: none; }
@media (max-width: 60rem) {
  main { grid-template-columns: minmax(0, 1fr); }
  .map { position: relative; top: 0; }
  .plane { height: min(70vh, 34rem); }
  .side { border-top: 1px solid var(--rule); padding-top: .8rem; }
  .bar .end { margin-left: 0; }
}
@media (max-width: 32rem) {
  .bar, main { padding-left: .6rem; padding-right: .6rem; }
  .menu .items { right: auto; left: 0; }
  .coordinates > .menu .items { right: 0; left: auto; }
}
@media (prefers-reduced-motion: no-preference) { button { transition: background .1s; } }
`;
