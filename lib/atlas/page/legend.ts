import { numberText } from "../data/decoded.js";
import { cssColor, currentTheme, levelColor, pointRamp } from "./colors.js";
import { countText, h } from "./dom.js";
import type { Store } from "./store.js";

/** What the colours mean; a level is a button that selects its models. */
export function legend(store: Store): { element: HTMLElement; refresh: () => void } {
  const element = h("div", { className: "legend", role: "group", "aria-label": "Colours" });
  const refresh = () => {
    const { coloring } = store;
    if (!coloring) element.replaceChildren("no column to colour by");
    else if (coloring.kind === "level") element.replaceChildren(...levels(store));
    else element.replaceChildren(...scale(store));
  };
  store.onChange((before) => {
    const { color, isNormalized } = store.state;
    if (color !== before.color || isNormalized !== before.isNormalized) refresh();
  });
  refresh();
  return { element, refresh };
}

function levels(store: Store): HTMLElement[] {
  const { coloring } = store;
  if (coloring?.kind !== "level") return [];
  const { codes, levels: names } = coloring.column;
  const theme = currentTheme();
  const counts = new Uint32Array(names.length);
  for (const code of codes) counts[code]++;
  return names.map((name, code) =>
    h(
      "button",
      {
        type: "button",
        className: "level",
        title: `Select the ${countText(counts[code])} models of ${coloring.name} ${name}; with Shift beside those selected`,
        onclick: (event: MouseEvent) => {
          const members = Int32Array.from(codes.keys()).filter((model) => codes[model] === code);
          store.pick(members, event.shiftKey ? "add" : "replace");
        },
      },
      h("span", { className: "swatch", style: { background: levelColor(code, names.length, theme) } }),
      name || "(empty)",
      h("span", { className: "count" }, countText(counts[code])),
    ),
  );
}

function scale(store: Store): HTMLElement[] {
  const { coloring } = store;
  if (coloring?.kind !== "number") return [];
  const theme = currentTheme();
  const ramp = pointRamp(theme);
  const stops = Array.from({ length: 11 }, (_, i) => {
    const at = 3 * Math.round(25.5 * i);
    return cssColor([ramp[at], ramp[at + 1], ramp[at + 2]]);
  });
  const isKnown = !coloring.positions.some(Number.isNaN);
  const words = coloring.within
    ? ["least", `${coloring.name} within its ${coloring.within}`, "greatest"]
    : [
        numberText(coloring.low, 3),
        `${coloring.name}${coloring.isLog ? ", logarithmic" : ""}`,
        numberText(coloring.high, 3),
      ];
  const bar = h("span", {
    className: "ramp",
    style: { background: `linear-gradient(90deg, ${stops.join(",")})` },
  });
  const missing = h(
    "span",
    { className: "level" },
    h("span", { className: "swatch", style: { background: cssColor(theme.unknown) } }),
    coloring.within ? "not known, or the only value" : "not known",
  );
  return [
    h("span", { className: "scale" }, bar, ...words.map((word) => h("span", {}, word))),
    ...(isKnown ? [] : [missing]),
  ];
}
