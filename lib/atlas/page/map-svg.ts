import { escapeXml } from "../../core/xml.js";
import { numberText } from "../data/decoded.js";
import { middleOf } from "../state/geometry.js";
import { placeOf } from "../weights/place.js";
import { cssColor, currentTheme, levelColor, pointColors, pointRamp, type Theme } from "./colors.js";
import type { MapView } from "./map-view.js";
import type { Store } from "./store.js";

/** The map as it is seen, with title and legend, as SVG. Points of one colour are one path of dots. */
export function mapSvg(store: Store, map: MapView): string {
  const theme = currentTheme();
  const [width, height] = [Math.round(map.width), Math.round(map.height)];
  const legend = legendSvg(store, theme, width);
  const [top, total] = [34, 34 + height + legend.height];
  const count = store.selection.length;
  const title = `${store.data.title}: ${store.state.embedding}, ${count > 0 ? `${count} of ` : ""}${store.data.models} models`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="${theme.ink}">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${total}" fill="${theme.paper}"/>
<text x="12" y="22" font-size="15" font-weight="bold">${escapeXml(title)}</text>
<svg y="${top}" width="${width}" height="${height}">
${dots(store, map, theme)}${letters(store, map, theme)}</svg>
<g transform="translate(12 ${top + height + 18})">
${legend.content}</g>
</svg>
`;
}

function dots(store: Store, map: MapView, theme: Theme): string {
  const { mask, selection, state, points, coloring } = store;
  const hasSelection = selection.length > 0 || Object.keys(state.brushes).length > 0;
  const colors = pointColors(coloring, mask, hasSelection, theme);
  const paths = { gray: new Map<string, string[]>(), shown: new Map<string, string[]>() };
  for (let model = 0; model < mask.length; model++) {
    const [left, top] = map.toScreen(points[2 * model], points[2 * model + 1]);
    if (left < -9 || top < -9 || left > map.width + 9 || top > map.height + 9) continue;
    const color = cssColor([colors[4 * model], colors[4 * model + 1], colors[4 * model + 2]]);
    const group = colors[4 * model + 3] ? paths.shown : paths.gray;
    const dot = `M${left.toFixed(1)} ${top.toFixed(1)}h0`;
    const known = group.get(color);
    if (known) known.push(dot);
    else group.set(color, [dot]);
  }
  const groups = [...paths.gray, ...paths.shown].map(
    ([color, all]) => `<path stroke="${color}" d="${all.join("")}"/>\n`,
  );
  return `<g fill="none" stroke-linecap="round" stroke-width="${map.size.toFixed(2)}" opacity="0.9">\n${groups.join("")}</g>\n`;
}

/** Names of saved selections, guests, and the ring around the model that is looked at. */
function letters(store: Store, map: MapView, theme: Theme): string {
  const { points, state } = store;
  const words = (name: string, [x, y]: readonly [number, number], lift = 0) =>
    `<text x="${x.toFixed(1)}" y="${(y + 5 - lift).toFixed(1)}" text-anchor="middle" font-weight="bold" paint-order="stroke" stroke="${theme.paper}" stroke-width="4">${escapeXml(name)}</text>\n`;
  const saved = state.saved.filter(({ members }) => members.length > 0);
  const names = saved.map(({ name, members }) => words(name, map.toScreen(...middleOf(points, members))));
  const guests = store.guests.map((guest) => {
    const [x, y] = map.toScreen(...placeOf(guest, points));
    const path = `<path d="M${x} ${y - 9}l9 9l-9 9l-9-9z" fill="${theme.link}" stroke="${theme.paper}" stroke-width="2"/>\n`;
    return path + words(guest.name, [x, y], 20);
  });
  const { focus } = state;
  const ring = [];
  if (focus !== undefined) {
    const [x, y] = map.toScreen(points[2 * focus], points[2 * focus + 1]);
    ring.push(
      `<circle cx="${x}" cy="${y}" r="${map.size / 2 + 5}" fill="none" stroke="${theme.ink}" stroke-width="2"/>\n`,
    );
  }
  return [...ring, ...names, ...guests].join("");
}

function legendSvg(store: Store, theme: Theme, width: number): { content: string; height: number } {
  const { coloring } = store;
  if (!coloring) return { content: "", height: 12 };
  if (coloring.kind === "number") {
    const ramp = pointRamp(theme);
    const stops = Array.from({ length: 11 }, (_, i) => {
      const at = 3 * Math.round(25.5 * i);
      return `<stop offset="${i / 10}" stop-color="${cssColor([ramp[at], ramp[at + 1], ramp[at + 2]])}"/>`;
    });
    const within = coloring.within ? ` within its ${coloring.within}` : "";
    const log = coloring.isLog ? ", logarithmic" : "";
    const text = `${coloring.name}${within}: ${numberText(coloring.low, 3)} to ${numberText(coloring.high, 3)}${log}`;
    const content = `<defs><linearGradient id="ramp">${stops.join("")}</linearGradient></defs>
<rect width="180" height="12" fill="url(#ramp)"/>
<text x="190" y="11">${escapeXml(text)}</text>
`;
    return { content, height: 40 };
  }
  const { levels } = coloring.column;
  let [x, y] = [0, 0];
  const items = levels.map((level, code) => {
    const wide = 26 + 7.5 * level.length;
    if (x > 0 && x + wide > width - 24) [x, y] = [0, y + 20];
    const color = levelColor(code, levels.length, theme);
    const item = `<circle cx="${x + 6}" cy="${y + 6}" r="5" fill="${color}"/><text x="${x + 15}" y="${y + 11}">${escapeXml(level)}</text>\n`;
    x += wide;
    return item;
  });
  return { content: items.join(""), height: y + 40 };
}
