import { groupsOf } from "../state/coloring.js";
import { button, choice, h } from "./dom.js";
import type { MapView, Tool } from "./map-view.js";
import { closeOutside } from "./save.js";
import type { Store } from "./store.js";

/** What is shown: embedding and colours. */
export function displayControls(store: Store): HTMLElement[] {
  const { data } = store;
  const embedding = choice(
    "Embedding",
    data.embeddings.map(({ name }) => name),
    (name) => store.change({ embedding: name, camera: undefined }),
  );
  const color = choice(
    "Colour",
    data.columns.map(({ name }) => name),
    (name) => store.change({ color: name }),
  );
  const normalized = h("input", {
    type: "checkbox",
    onchange: () => store.change({ isNormalized: normalized.checked }),
  });
  const groups = groupsOf(data);
  const check = h("label", { className: "check" }, normalized, h("span", {}, `within each ${groups?.name}`));
  const refresh = () => {
    embedding.select.value = store.state.embedding;
    color.select.value = store.state.color;
    normalized.checked = store.state.isNormalized;
    check.hidden = groups === undefined || store.coloring?.kind !== "number";
  };
  const shown = ["embedding", "color", "isNormalized"] as const;
  store.onChange((before) => {
    if (shown.some((part) => store.state[part] !== before[part])) refresh();
  });
  refresh();
  embedding.element.hidden = data.embeddings.length < 2;
  return [embedding.element, color.element, check];
}

/** Undo and redo, with their keys everywhere on the page. */
export function historyButtons(store: Store): HTMLElement[] {
  const back = button("Undo", () => store.undo(), { title: "Ctrl+Z" });
  const forth = button("Redo", () => store.redo(), { title: "Ctrl+Shift+Z or Ctrl+Y" });
  const refresh = () => {
    if (back.disabled === store.canUndo) back.disabled = !store.canUndo;
    if (forth.disabled === store.canRedo) forth.disabled = !store.canRedo;
  };
  store.onChange(refresh);
  refresh();
  window.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    // Text fields have their own undo.
    if (event.target instanceof HTMLInputElement && event.target.type !== "checkbox") return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) store.undo();
    else if (key === "y" || key === "z") store.redo();
    else return;
    event.preventDefault();
  });
  return [back, forth];
}

const tools: readonly { tool: Tool; label: string; key: string; hint: string }[] = [
  {
    tool: "lasso",
    label: "Lasso",
    key: "l",
    hint: "draw around points; with Shift add them, with Alt take them out",
  },
  {
    tool: "box",
    label: "Box",
    key: "b",
    hint: "draw a box around points; with Shift add them, with Alt take them out",
  },
  { tool: "pan", label: "Move", key: "v", hint: "drag the map" },
];

/** What dragging does, and zooming. */
export function mapTools(store: Store, map: MapView, zoom: (factor: number) => void): HTMLElement {
  const buttons = tools.map(({ tool, label, key, hint }) =>
    button(label, () => use(tool), {
      title: `${label} (${key.toUpperCase()}): ${hint}`,
      "aria-pressed": tool === map.tool,
    }),
  );
  const use = (tool: Tool) => {
    map.tool = tool;
    map.element.dataset.tool = tool;
    for (const [i, each] of buttons.entries())
      each.setAttribute("aria-pressed", String(tools[i].tool === tool));
  };
  use(map.tool);
  map.surface.addEventListener("keydown", (event) => {
    const found = tools.find(({ key }) => key === event.key.toLowerCase());
    if (found && !event.ctrlKey && !event.metaKey && !event.altKey) use(found.tool);
  });
  return h(
    "div",
    { className: "row tools", role: "toolbar", "aria-label": "Map" },
    h("span", { className: "joined" }, ...buttons),
    h(
      "span",
      { className: "joined" },
      button("−", () => zoom(1 / 1.4), { "aria-label": "Zoom out", title: "Zoom out (−)" }),
      button("+", () => zoom(1.4), { "aria-label": "Zoom in", title: "Zoom in (+)" }),
      button("All", () => store.amend({ camera: undefined }), {
        "aria-label": "Show all points",
        title: "Show all (0)",
      }),
    ),
  );
}

/** Which columns the parallel coordinates have. */
export function axesMenu(store: Store): HTMLElement {
  const boxes = store.data.columns.map(({ name }) => {
    const box = h("input", {
      type: "checkbox",
      onchange: () => {
        const { axes, brushes } = store.state;
        const { [name]: _, ...others } = brushes;
        if (box.checked) store.change({ axes: [...axes, name] });
        else
          store.change({
            axes: axes.filter((axis) => axis !== name),
            brushes: name in brushes ? others : brushes,
          });
      },
    });
    return { name, box };
  });
  const refresh = () => {
    for (const { name, box } of boxes) box.checked = store.state.axes.includes(name);
  };
  store.onChange((before) => {
    if (store.state.axes !== before.axes) refresh();
  });
  refresh();
  const menu = h(
    "details",
    { className: "menu" },
    h("summary", {}, "Axes"),
    h(
      "div",
      { className: "items" },
      ...boxes.map(({ name, box }) => h("label", { className: "check" }, box, h("span", {}, name))),
    ),
  );
  closeOutside(menu);
  return menu;
}
