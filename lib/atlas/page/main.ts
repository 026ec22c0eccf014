import { zoomAt } from "../state/camera.js";
import { describeModel } from "../state/search.js";
import { readData } from "./data.js";
import { descriptorsView } from "./descriptors-view.js";
import { button, h, modelsText } from "./dom.js";
import { weightsInput } from "./drop.js";
import { legend } from "./legend.js";
import { listenToKeys, mapHelp } from "./map-keys.js";
import { listenToPointer } from "./map-pointer.js";
import { MapView } from "./map-view.js";
import { ModelView } from "./model-view.js";
import { ParallelView } from "./parallel-view.js";
import { saveMenu } from "./save.js";
import { selectionsView } from "./selections-view.js";
import { Store } from "./store.js";
import { TableView } from "./table-view.js";
import { axesMenu, displayControls, historyButtons, mapTools } from "./toolbar.js";

/** A part of the page with its heading. */
function panel(title: string, className: string, ...children: readonly (Node | undefined)[]): HTMLElement {
  const id = `panel-${className}`;
  return h(
    "section",
    { className: `panel ${className}`, "aria-labelledby": id },
    h("h2", { id }, title),
    ...children,
  );
}

/** Messages that stand until they are closed. */
function problemLine(): { element: HTMLElement; tell: (message: string) => void } {
  const text = h("span");
  const element = h("div", { className: "problem", role: "alert", hidden: true }, text);
  element.append(button("Close", () => tell("")));
  const tell = (message: string) => {
    text.textContent = message;
    element.hidden = message === "";
  };
  return { element, tell };
}

/** Where the map says what is under the pointer or the keys; screen readers read the latter. */
function voice(store: Store) {
  const spoken = h("div", { className: "unseen", role: "status", "aria-live": "polite" });
  const seen = h("p", { className: "hover" });
  const columns = () => [...new Set([store.state.color, ...store.state.axes.slice(0, 3)])].filter(Boolean);
  const describe = (model: number) => describeModel(store.data, model, columns());
  const show = (model: number | undefined) => {
    const which = model ?? store.state.focus;
    seen.textContent = which === undefined ? `${modelsText(store.data.models)}` : describe(which);
  };
  const say = (text: string) => {
    spoken.textContent = text;
  };
  store.onChange((before) => {
    const { focus, picked, brushes, color, axes } = store.state;
    if (focus !== before.focus || color !== before.color || axes !== before.axes) show(undefined);
    if (picked !== before.picked || brushes !== before.brushes)
      say(`${modelsText(store.selection.length)} selected`);
    else if (focus !== before.focus && focus !== undefined) {
      say(`${describe(focus)}${store.mask[focus] ? ", selected" : ""}`);
    }
  });
  show(undefined);
  return { spoken, seen, show, say };
}

function themeButton(retheme: () => void): HTMLElement {
  const root = document.documentElement;
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (media.matches ? "dark" : "light")) === "dark";
  const toggle = button("", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    refresh();
  });
  const refresh = () => {
    toggle.textContent = isDark() ? "Light" : "Dark";
    toggle.setAttribute("aria-label", isDark() ? "Change to light colours" : "Change to dark colours");
    retheme();
  };
  media.addEventListener("change", refresh);
  refresh();
  return toggle;
}

async function open(): Promise<void> {
  const store = new Store(await readData());
  const { data } = store;
  const map = new MapView(store);
  const colors = legend(store);
  const parallel = new ParallelView(store);
  const { spoken, seen, show, say } = voice(store);
  const problem = problemLine();
  const look = (model: number) => {
    store.amend({ focus: model });
    map.reveal(model);
  };
  const models = new ModelView(store, look);
  const table = new TableView(store, look);
  listenToPointer(map, store, show);
  listenToKeys(map, store, () => models.selectNeighbors());
  const theme = themeButton(() => {
    map.retheme();
    colors.refresh();
    parallel.retheme();
  });
  const zoom = (factor: number) => store.amend({ camera: zoomAt(map.camera, factor, 0, 0) });
  const axesHelp = h(
    "p",
    { className: "quiet", id: "axes-help" },
    "Drag along an axis to select, click it to let go; drag a name to move its axis. By keys: left and right move the axis, " +
      "up and down the brush, with Shift its upper end, Delete takes it away.",
  );
  document
    .getElementById("atlas")
    ?.replaceChildren(
      h("a", { className: "skip", href: "#panel-map", onclick: skipTo(map.surface) }, "Skip to the map"),
      h(
        "header",
        { className: "bar" },
        h("h1", { title: data.description }, data.title),
        h("div", { className: "row" }, ...displayControls(store)),
        h(
          "div",
          { className: "row end" },
          ...historyButtons(store),
          weightsInput(store, problem.tell, say),
          saveMenu(store, map),
          theme,
        ),
      ),
      problem.element,
      h(
        "main",
        {},
        panel(
          "Map",
          "map",
          mapTools(store, map, zoom),
          map.element,
          h("div", { className: "below" }, seen, colors.element),
          h(
            "details",
            { className: "help" },
            h("summary", {}, "Keys"),
            h("p", { className: "quiet" }, mapHelp),
          ),
          h("p", { id: "map-help", className: "unseen" }, mapHelp),
        ),
        h(
          "div",
          { className: "side" },
          panel("Selection", "selection", selectionsView(store)),
          panel("Parallel coordinates", "coordinates", axesMenu(store), parallel.element, axesHelp),
          panel("Model", "one", models.element),
          panel("Descriptors", "descriptors", descriptorsView(store, look)),
        ),
        panel("Models", "table", table.element),
      ),
      spoken,
    );
  // Two frames later everything stands on the screen and answers.
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("atlas ready")));
}

/** A link to a part of the page must not change the address, which holds the state. */
function skipTo(element: HTMLElement): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    element.focus();
  };
}

open().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  document
    .getElementById("atlas")
    ?.replaceChildren(
      h("p", { className: "problem", role: "alert" }, `The atlas cannot be opened: ${reason}.`),
    );
});
