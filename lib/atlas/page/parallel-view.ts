import type { Axis } from "../state/axis.js";
import { colorFunction, cssColor, currentTheme } from "./colors.js";
import { fitCanvas, h, oncePerFrame, s } from "./dom.js";
import { axisElements } from "./parallel-axes.js";
import { LinePainter } from "./parallel-lines.js";
import type { Store } from "./store.js";

/** Least pixels for an axis. */
const leastGap = 88;

/** Parallel coordinates: a line a model; selected ones in their colours above gray ones. */
export class ParallelView {
  readonly element: HTMLElement;
  width = 0;
  readonly top = 34;
  readonly height = 236;
  /** Pixels between axes. */
  gap = 100;
  private readonly plane: HTMLElement;
  private readonly back = h("canvas", { "aria-hidden": "true" });
  private readonly front = h("canvas", { "aria-hidden": "true" });
  private readonly marks = s("svg", { class: "marks", "aria-hidden": "true" });
  private readonly heads = h("div", { className: "heads", role: "group", "aria-label": "Axes" });
  private readonly backPainter = new LinePainter();
  private readonly frontPainter = new LinePainter();
  private backKey = "";

  constructor(private readonly store: Store) {
    this.plane = h("div", { className: "parallel" }, this.back, this.front, this.marks, this.heads);
    this.element = h("div", { className: "sideways" }, this.plane);
    const ask = oncePerFrame(() => this.draw());
    new ResizeObserver(() => {
      const { width } = this.plane.getBoundingClientRect();
      if (width > 0 && width !== this.width) {
        this.width = width;
        ask();
      }
    }).observe(this.plane);
    store.onChange((before) => {
      const { state } = store;
      const parts = ["axes", "brushes", "picked", "color", "isNormalized"] as const;
      if (parts.some((part) => state[part] !== before[part])) ask();
    });
  }

  /** Draws everything anew, in the theme of now. */
  retheme(): void {
    this.backKey = "";
    this.draw();
  }

  /** Gives the focus back to an axis' name after the axes were drawn anew. */
  focusAxis(name: string): void {
    requestAnimationFrame(() => {
      this.heads.querySelector<HTMLElement>(`[data-axis="${CSS.escape(name)}"]`)?.focus();
    });
  }

  private draw(): void {
    const { store, width, top, height } = this;
    if (width === 0) return;
    const axes = store.state.axes.flatMap((name) => store.axis(name) ?? []);
    const side = Math.min(52, width / 8);
    this.gap = axes.length > 1 ? (width - 2 * side) / (axes.length - 1) : width - 2 * side;
    const lefts = axes.map((_, i) => (axes.length > 1 ? side + i * this.gap : width / 2));
    // Narrower than this names and words run into each other; the panel is then scrolled sideways.
    this.plane.style.minWidth = `${leastGap * axes.length}px`;
    this.drawMarks(axes, lefts);
    const theme = currentTheme();
    const total = top + height + 22;
    const isAll = store.selection.length === 0 && Object.keys(store.state.brushes).length === 0;
    const everyone = store.membersOf("all");
    const place = { axes, lefts, top, height };
    const key = [...store.state.axes, width, theme.isDark].join("\n");
    if (key !== this.backKey) {
      this.backKey = key;
      const context = fitCanvas(this.back, width, total);
      context.clearRect(0, 0, width, total);
      const gray = cssColor(theme.gray);
      this.backPainter.paint(context, place, everyone, () => gray, 0.25);
    }
    // Where all are drawn in colour they hide the gray ones.
    this.back.hidden = isAll;
    const context = fitCanvas(this.front, width, total);
    context.clearRect(0, 0, width, total);
    const shown = isAll ? everyone : store.selection;
    const colorOf = colorFunction(store.coloring, theme);
    const alpha = Math.min(0.75, Math.max(0.12, 12 / Math.sqrt(shown.length + 1)));
    this.frontPainter.paint(context, place, shown, (model) => cssColor(colorOf(model)), alpha);
  }

  private drawMarks(axes: readonly Axis[], lefts: readonly number[]): void {
    const held = this.heads.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.axis
      : undefined;
    const drawn = axes.map((axis, i) => axisElements(this, this.store, axis, lefts[i]));
    this.marks.replaceChildren(...drawn.map(({ marks }) => marks));
    this.heads.replaceChildren(...drawn.map(({ head }) => head));
    if (held) this.heads.querySelector<HTMLElement>(`[data-axis="${CSS.escape(held)}"]`)?.focus();
  }
}
