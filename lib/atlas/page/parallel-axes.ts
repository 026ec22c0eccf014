import { type Axis, intervalOf, moveInterval } from "../state/axis.js";
import { type AtlasState, type Interval, moveAxis } from "../state/state.js";
import { h, s } from "./dom.js";
import type { Store } from "./store.js";

/** What an axis needs of the panel it stands in, in pixels. */
export interface AxesPanel {
  readonly width: number;
  readonly top: number;
  readonly height: number;
  /** Between two axes. */
  readonly gap: number;
  /** Gives the focus back to an axis' name after the axes were drawn anew. */
  focusAxis(name: string): void;
}

/** Half the width of the strip on an axis that takes a brush, in pixels. */
const strip = 14;

/** One axis: its line, words and brush, and the button above that carries its name. */
export function axisElements(
  view: AxesPanel,
  store: Store,
  axis: Axis,
  left: number,
): { marks: SVGElement; head: HTMLButtonElement } {
  const { top, height } = view;
  const y = (position: number) => top + height * (1 - position);
  const interval = store.state.brushes[axis.name];
  // Words of the last axis stand to its right where they are short, since those of the axis before come from the left.
  const isInside = left > view.width * 0.8 && axis.ticks.some(({ text }) => text.length > 7);
  const crowded = axis.ticks.length > 14 ? Math.ceil(axis.ticks.length / 14) : 1;
  const words = axis.ticks
    .filter((_, i) => i % crowded === 0)
    .map(({ position, text }) =>
      s(
        "text",
        {
          x: isInside ? left - 6 : left + 6,
          y: y(position),
          class: "tick",
          "text-anchor": isInside ? "end" : "start",
        },
        text.length > 16 ? `${text.slice(0, 15)}…` : text,
      ),
    );
  const band = interval
    ? s("rect", {
        class: "brush",
        x: left - 7,
        width: 14,
        y: y(interval[1]),
        height: height * (interval[1] - interval[0]),
      })
    : undefined;
  const target = s("rect", { class: "target", x: left - strip, width: 2 * strip, y: top, height });
  listenToBrush(store, axis, target, (event) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    return 1 - (event.clientY - box.top) / box.height;
  });
  const line = s("line", { class: "axis", x1: left, x2: left, y1: top, y2: top + height });
  return { marks: s("g", {}, line, ...words, band, target), head: headOf(view, store, axis, left) };
}

function listenToBrush(
  store: Store,
  axis: Axis,
  target: SVGElement,
  positionOf: (event: PointerEvent) => number,
): void {
  target.addEventListener("pointerdown", (down) => {
    const start = positionOf(down as PointerEvent);
    const before = store.state;
    let interval: Interval | undefined;
    const { brushes } = before;
    // The axis is drawn anew with every step, so the whole page listens; the box stays where it is.
    const box = target.getBoundingClientRect();
    const at = (event: PointerEvent) => 1 - (event.clientY - box.top) / box.height;
    const move = (event: PointerEvent) => {
      if (Math.abs(at(event) - start) * box.height < 3 && !interval) return;
      interval = intervalOf(axis, start, at(event));
      store.amend({ brushes: { ...brushes, [axis.name]: interval } });
    };
    const up = () => {
      window.removeEventListener("pointermove", move);
      // The whole drag is one step to undo; a click takes the brush away.
      store.amend({ brushes });
      if (interval) setBrush(store, axis.name, interval);
      else if (brushes[axis.name]) setBrush(store, axis.name, undefined);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up, { once: true });
    down.preventDefault();
  });
}

/** Puts a brush on an axis, or takes it away. */
export function setBrush(store: Store, name: string, interval: Interval | undefined): void {
  const { [name]: _, ...others } = store.state.brushes;
  const brushes: AtlasState["brushes"] = interval ? { ...others, [name]: interval } : others;
  store.change({ brushes });
}

function headOf(view: AxesPanel, store: Store, axis: Axis, left: number): HTMLButtonElement {
  const head = h(
    "button",
    {
      type: "button",
      className: "head",
      "aria-label": headLabel(store, axis),
      "aria-describedby": "axes-help",
      title: axis.name,
    },
    axis.name.replaceAll("_", " "),
  );
  const half = view.gap / 2;
  head.style.left = `${Math.min(view.width - view.gap, Math.max(0, left - half))}px`;
  head.style.width = `${view.gap}px`;
  head.style.textAlign = left - half < 0 ? "left" : left + half > view.width ? "right" : "center";
  head.dataset.axis = axis.name;
  head.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const vertical = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const interval = store.state.brushes[axis.name];
    if (sideways) store.change({ axes: moveAxis(store.state.axes, axis.name, sideways) });
    else if (vertical) setBrush(store, axis.name, moved(axis, interval, vertical, event.shiftKey));
    else if ((event.key === "Delete" || event.key === "Backspace") && interval)
      setBrush(store, axis.name, undefined);
    else return;
    event.preventDefault();
    view.focusAxis(axis.name);
  });
  listenToDrag(view, store, axis.name, head);
  return head;
}

/** The first key puts a brush at the end that it points to. */
function moved(axis: Axis, interval: Interval | undefined, steps: number, grow: boolean): Interval {
  if (interval) return moveInterval(axis, interval, steps, grow);
  return steps > 0 ? intervalOf(axis, 0.999, 1) : intervalOf(axis, 0, 0.001);
}

/** Dragging a name sideways moves its axis past the others. */
function listenToDrag(view: AxesPanel, store: Store, name: string, head: HTMLButtonElement): void {
  head.addEventListener("pointerdown", (down) => {
    const first = store.state.axes;
    const from = first.indexOf(name);
    const move = (event: PointerEvent) => {
      const places = Math.round((event.clientX - down.clientX) / view.gap);
      const axes = moveAxis(first, name, places);
      if (axes.join("\n") !== store.state.axes.join("\n")) store.amend({ axes });
    };
    const up = () => {
      window.removeEventListener("pointermove", move);
      const { axes } = store.state;
      if (axes.indexOf(name) === from) return;
      store.amend({ axes: first });
      store.change({ axes });
      view.focusAxis(name);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up, { once: true });
  });
}

function headLabel(store: Store, axis: Axis): string {
  const { axes, brushes } = store.state;
  const interval = brushes[axis.name];
  const place = `axis ${axes.indexOf(axis.name) + 1} of ${axes.length}`;
  if (!interval) return `${axis.name}, ${place}, no brush`;
  // The upper end of a band of levels belongs to the next one.
  const [low, high] = [axis.textAt(interval[0] + 1e-6), axis.textAt(interval[1] - 1e-6)];
  return `${axis.name}, ${place}, brushed ${low === high ? low : `${low} to ${high}`}`;
}
