import { membersCsv, membersJson } from "../state/export.js";
import { button, h } from "./dom.js";
import { mapSvg } from "./map-svg.js";
import type { MapView } from "./map-view.js";
import type { Store } from "./store.js";

/** Offers a file to be saved. */
function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The menu of what can be saved; facts of the selection, or of all models when none is selected. */
export function saveMenu(store: Store, map: MapView): HTMLElement {
  const members = () => (store.selection.length > 0 ? store.selection : store.membersOf("all"));
  const text = (type: string, content: string) => new Blob([content], { type });
  const { data } = store;
  const svg = () => mapSvg(store, map);
  const entries: Record<string, () => void> = {
    "Selection as CSV": () =>
      save("selection.csv", text("text/csv", membersCsv(data, members(), store.state.embedding))),
    "Selection as JSON": () =>
      save("selection.json", text("application/json", membersJson(data, members(), store.state.embedding))),
    "Map as SVG": () => save("atlas.svg", text("image/svg+xml", svg())),
    "Map as PNG": () => rasterize(svg(), (png) => save("atlas.png", png)),
  };
  const menu = h("details", { className: "menu" }, h("summary", {}, "Save"));
  const close = () => {
    menu.open = false;
  };
  const items = Object.entries(entries).map(([label, act]) =>
    button(label, () => {
      close();
      act();
    }),
  );
  menu.append(h("div", { className: "items" }, ...items));
  closeOutside(menu);
  return menu;
}

/** A menu closes on Escape and on a click beside it. */
export function closeOutside(menu: HTMLDetailsElement): void {
  window.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target as Node)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
    event.stopPropagation();
  });
}

/** Draws SVG as PNG, two pixels for one. */
function rasterize(svg: string, onPng: (png: Blob) => void): void {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const image = new Image();
  image.onload = () => {
    const canvas = h("canvas", { width: 2 * image.width, height: 2 * image.height });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    canvas.toBlob((png) => png && onPng(png), "image/png");
  };
  image.src = address;
}
