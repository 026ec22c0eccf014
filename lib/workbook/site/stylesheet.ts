/** The look of the site: a book page, in light and dark, on paper and on a telephone. */
export const stylesheet = `:root {
  --paper: #fdfcf9;
  --ink: #22211e;
  --quiet: #66625a;
  --rule: #ddd8cc;
  --tint: #f4f1ea;
  --link: #14507a;
  --accent: #8c3b1f;
  --figure: #ffffff;
  --keyword: #7a2f68;
  --string: #2c6033;
  --number: #8a4a00;
  --comment: #716c61;
  --name: #14507a;
  --holds: #1f6b36;
  --fails: #a32020;
  --undecided: #80600a;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "Book Antiqua", Georgia, "DejaVu Serif", serif;
  --sans: system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #1b1a18;
    --ink: #e6e2d9;
    --quiet: #a39d91;
    --rule: #3a3732;
    --tint: #252320;
    --link: #8fc1e6;
    --accent: #e2a184;
    --keyword: #d7a3cc;
    --string: #a5cf9c;
    --number: #e3b67c;
    --comment: #958f83;
    --name: #8fc1e6;
    --holds: #8ecb9c;
    --fails: #f0958f;
    --undecided: #dcbc68;
  }
}
* { box-sizing: border-box; }
html { font-size: 112.5%; scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 var(--serif); }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: .06em; }
a:focus-visible, [tabindex]:focus-visible { outline: .15rem solid var(--link); outline-offset: .15rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem; z-index: 2; }
.masthead { border-bottom: 1px solid var(--rule); padding: .7rem 1.5rem; display: flex; gap: .8rem; align-items: baseline; flex-wrap: wrap; }
.masthead a { color: var(--ink); font-weight: 600; letter-spacing: .02em; text-decoration: none; }
.masthead span { color: var(--quiet); font-style: italic; font-size: .9rem; }
.sheet { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 72rem; margin: 0 auto; padding: 0 1.5rem 4rem; gap: 0 3rem; }
main { min-width: 0; max-width: 54rem; width: 100%; margin: 0 auto; }
@media (min-width: 40rem) { .sheet.has-aside { padding-left: 3.5rem; } }
.aside { font: .8rem/1.45 var(--sans); padding-top: 1.5rem; }
.aside-title { margin: 0 0 .5rem; color: var(--quiet); text-transform: uppercase; letter-spacing: .08em; font-size: .7rem; }
.aside ol { list-style: none; margin: 0; padding: 0; border-left: 1px solid var(--rule); }
.aside li a { display: block; padding: .2rem 0 .2rem .9rem; color: var(--quiet); text-decoration: none; }
.aside li a:hover { color: var(--link); text-decoration: underline; }
.aside .depth-3 a { padding-left: 1.8rem; }
@media (min-width: 68rem) {
  .sheet.has-aside { grid-template-columns: minmax(0, 1fr) 14rem; }
  .aside { grid-column: 2; grid-row: 1; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2rem 0; }
  .has-aside main { grid-column: 1; grid-row: 1; margin: 0 0 0 auto; }
}
h1, h2, h3, h4 { font-weight: 600; line-height: 1.25; text-wrap: balance; margin: 2.2em 0 .6em; }
h1 { font-size: 2rem; margin-top: 1.2em; letter-spacing: -.01em; }
h2 { font-size: 1.4rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.12rem; }
h4 { font-size: 1rem; font-style: italic; }
.anchor { color: var(--rule); text-decoration: none; font-weight: 400; opacity: 0; margin-left: .2em; }
:is(h1, h2, h3, h4):hover .anchor, .anchor:focus { opacity: 1; color: var(--quiet); }
p, ul, ol, blockquote { margin: 0 0 1em; }
li { margin-bottom: .3em; }
blockquote { margin-left: 0; padding-left: 1.2rem; border-left: 2px solid var(--accent); color: var(--quiet); font-style: italic; }
img { max-width: 100%; height: auto; }
code { font: .84em/1.5 var(--mono); }
:not(pre) > code { background: var(--tint); border-radius: .2em; padding: .1em .3em; overflow-wrap: break-word; }
pre { margin: 0; font: .78rem/1.55 var(--mono); overflow-x: auto; }
pre code { font: inherit; }
.code { background: var(--tint); border-radius: .3rem; padding: .75rem 1rem; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
.prose { max-width: 46rem; }
.prose .code { margin-bottom: 1em; }
.cell { position: relative; margin: 1.2rem 0 1.6rem; }
.count { position: absolute; right: 100%; top: .75rem; margin-right: .6rem; color: var(--comment); font: .7rem/1.7 var(--mono); }
.tag { position: absolute; right: .6rem; top: .35rem; color: var(--quiet); font: .68rem/1.6 var(--sans); }
.outputs { margin-top: .6rem; padding-left: 1rem; border-left: 2px solid var(--rule); }
.outputs > * { margin-bottom: .8rem; }
.outputs > :last-child { margin-bottom: 0; }
.stream { white-space: pre-wrap; overflow-wrap: anywhere; padding: .2rem 0; max-height: 28rem; overflow-y: auto; }
.stderr, .failure { color: var(--fails); }
.failure pre { white-space: pre-wrap; }
figure { margin: 0; background: var(--figure); border-radius: .3rem; padding: .4rem; overflow-x: auto; }
figure .static { display: block; margin: 0 auto; }
@media (prefers-color-scheme: dark) { figure { filter: brightness(.9); } }
.live { margin: 0 auto; width: fit-content; }
.drawn .static { display: none; }
.scroll { overflow-x: auto; margin-bottom: 1em; }
table { border-collapse: collapse; font: .82rem/1.4 var(--sans); font-variant-numeric: tabular-nums; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
caption { min-width: 16rem; text-align: left; color: var(--quiet); padding-bottom: .5rem; caption-side: top; }
th, td { text-align: left; vertical-align: baseline; padding: .35rem .8rem .35rem 0; border: 0; }
th:last-child, td:last-child { padding-right: 0; }
td[style*="right"] { white-space: nowrap; }
.scroll > p { font: .78rem/1.4 var(--sans); color: var(--quiet); margin: .4rem 0 1rem; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody th { font-weight: 400; }
.right { text-align: right; }
.center { text-align: center; }
.setting { color: var(--quiet); }
.verdict { white-space: nowrap; }
.holds { color: var(--holds); }
.fails { color: var(--fails); }
.undecided { color: var(--undecided); }
.none { color: var(--quiet); }
.turn { display: flex; justify-content: space-between; gap: 1rem; font: .82rem/1.4 var(--sans); padding: 1.2rem 0; }
.turn > * { flex: 1; }
.turn > :nth-child(2) { flex: 0 0 auto; }
.turn > :last-child { text-align: right; }
article + .turn { border-top: 1px solid var(--rule); margin-top: 2.5rem; }
.provenance { color: var(--quiet); font: .78rem/1.4 var(--sans); margin: 0; }
.sheet:not(.has-aside) > main:has(.front) { max-width: 62rem; }
.front > :not(.scroll, details) { max-width: 46rem; }
details > summary { font: .88rem/1.5 var(--sans); color: var(--link); cursor: pointer; padding: .3rem 0; }
.front .scoreboard { width: 100%; }
.lead { font-size: 1.12rem; }
.note { background: var(--tint); border-left: 3px solid var(--accent); padding: .7rem 1rem; font-size: .92rem; }
.notebooks { list-style: none; padding: 0; }
.notebooks li { display: flex; gap: 1rem; padding: .7rem 0; border-bottom: 1px solid var(--rule); margin: 0; }
.notebooks .number { color: var(--accent); font-variant-numeric: oldstyle-nums; min-width: 1.6rem; }
.notebooks p { margin: .15rem 0 0; color: var(--quiet); font-size: .9rem; line-height: 1.45; }
.hljs-keyword, .hljs-built_in, .hljs-literal { color: var(--keyword); }
.hljs-string, .hljs-regexp { color: var(--string); }
.hljs-number { color: var(--number); }
.hljs-comment, .hljs-doctag { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-attr, .hljs-type { color: var(--name); }
@media (max-width: 40rem) {
  html { font-size: 100%; }
  .sheet { padding: 0 1rem 3rem; }
  .count { position: static; display: block; margin: 0; }
  .turn { flex-wrap: wrap; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --tint: #f6f6f6; --figure: #fff; }
  .turn, .aside, .skip, .anchor { display: none; }
  .sheet { display: block; max-width: none; padding: 0; }
  main { max-width: none; }
  .drawn .static { display: block; }
  .live { display: none; }
  .stream { max-height: none; }
  pre { white-space: pre-wrap; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
