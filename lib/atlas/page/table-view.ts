import { cellText } from "../data/decoded.js";
import { noMembers } from "../state/members.js";
import { type Order, ordered, parseSearch } from "../state/search.js";
import { button, countText, h, oncePerFrame } from "./dom.js";
import type { Store } from "./store.js";

const rowHeight = 26;
/** Rows that are kept ready above and below those that are seen. */
const margin = 4;

/** The table of models: only the rows that are seen are there. */
export class TableView {
  readonly element: HTMLElement;
  private rows: Int32Array = noMembers;
  /** Undefined: as in the data. */
  private order: Order | undefined;
  private first = -1;
  private readonly body = h("tbody");
  private readonly head = h("tr");
  private readonly status = h("p", { className: "quiet", role: "status" });
  private readonly search: HTMLInputElement;
  private readonly only: HTMLInputElement;
  private readonly scroller: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly ask: () => void;

  constructor(
    private readonly store: Store,
    private readonly onModel: (model: number) => void,
  ) {
    this.ask = oncePerFrame(() => this.drawRows());
    this.search = h("input", {
      type: "search",
      placeholder: "e.g. relu test_accuracy>0.9",
      oninput: () => this.refilter(),
      "aria-describedby": "search-help",
    });
    this.only = h("input", { type: "checkbox", checked: true, onchange: () => this.refilter() });
    this.table = h("table", { role: "grid", "aria-label": "Models" }, h("thead", {}, this.head), this.body);
    this.scroller = h("div", { className: "scroller", onscroll: this.ask, tabIndex: -1 }, this.table);
    new ResizeObserver(this.ask).observe(this.scroller);
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.element = h(
      "div",
      {},
      h(
        "div",
        { className: "row" },
        h("label", {}, h("span", {}, "Search"), this.search),
        button("Select matches", () => this.selectMatches()),
        h("label", { className: "check" }, this.only, h("span", {}, "Only the selection")),
        this.status,
      ),
      h(
        "p",
        { className: "quiet", id: "search-help" },
        "Words are found in names and columns; conditions are written column=word, column>number. All must hold.",
      ),
      this.scroller,
    );
    store.onChange((before) => {
      const { state } = store;
      if (state.picked !== before.picked || state.brushes !== before.brushes) this.refilter();
      else if (state.focus !== before.focus) this.showFocus();
    });
    this.drawHead();
    this.refilter();
  }

  private selectMatches(): void {
    const { data } = this.store;
    const search = parseSearch(data, this.search.value);
    if ("problem" in search) return;
    this.store.pick(this.store.membersOf("all").filter(search.matches), "replace");
  }

  private refilter(): void {
    const { store } = this;
    const all = store.membersOf("all");
    const search = parseSearch(store.data, this.search.value);
    if ("problem" in search) {
      this.status.textContent = `The search does not work: ${search.problem}.`;
      return;
    }
    const isNarrow =
      this.only.checked && (store.selection.length > 0 || Object.keys(store.state.brushes).length > 0);
    const base = isNarrow ? store.selection : all;
    const hits = this.search.value.trim() === "" ? base : base.filter(search.matches);
    this.rows = this.order ? ordered(store.data, hits, this.order) : hits;
    this.status.textContent = `${countText(hits.length)} of ${countText(all.length)} shown`;
    this.table.setAttribute("aria-rowcount", String(hits.length + 1));
    this.scroller.scrollTop = 0;
    this.first = -1;
    this.ask();
  }

  private drawHead(): void {
    const columns = [undefined, ...this.store.data.columns.map(({ name }) => name)];
    this.head.replaceChildren(
      ...columns.map((column) => {
        const own = this.order?.column === column ? this.order : undefined;
        const sort = own ? (own.isDescending ? "descending" : "ascending") : "none";
        const mark = own ? (own.isDescending ? " ↓" : " ↑") : "";
        const isNumber = this.store.data.columns.find(({ name }) => name === column)?.kind === "number";
        const sortBy = () => {
          // The first click on numbers shows the greatest: that is what one looks for.
          this.order = { column, isDescending: own ? !own.isDescending : isNumber };
          this.drawHead();
          this.refilter();
          this.head.querySelectorAll("button")[columns.indexOf(column)]?.focus();
        };
        return h(
          "th",
          { scope: "col", "aria-sort": sort, className: isNumber ? "number" : "" },
          button(`${column ?? "model"}${mark}`, sortBy, { className: "text" }),
        );
      }),
    );
  }

  private drawRows(): void {
    const { scroller, rows, store } = this;
    const visible = Math.ceil(scroller.clientHeight / rowHeight) + 2 * margin;
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - margin);
    // With an even first row, stripes do not move.
    const from = first - (first % 2);
    const to = Math.min(rows.length, from + visible);
    if (from === this.first) return;
    this.first = from;
    const held = this.body.contains(document.activeElement) ? this.heldModel() : undefined;
    const lines = Array.from(rows.subarray(from, to), (model, i) => this.row(model, from + i));
    const space = (height: number) => h("tr", { "aria-hidden": "true", style: { height: `${height}px` } });
    this.body.replaceChildren(space(from * rowHeight), ...lines, space((rows.length - to) * rowHeight));
    const stop = lines.find((line) => Number(line.dataset.model) === (held ?? store.state.focus)) ?? lines[0];
    if (stop) stop.tabIndex = 0;
    if (held !== undefined) stop?.focus({ preventScroll: true });
  }

  private row(model: number, index: number): HTMLTableRowElement {
    const { data, mask, state } = this.store;
    const line = h(
      "tr",
      {
        tabIndex: -1,
        "aria-rowindex": index + 2,
        "aria-selected": mask[model] === 1,
        className: `${index % 2 ? "odd" : "even"}${state.focus === model ? " focus" : ""}`,
        onclick: (event: MouseEvent) => {
          if (event.ctrlKey || event.metaKey) this.store.pick(Int32Array.of(model), "toggle");
          else this.onModel(model);
        },
      },
      h("th", { scope: "row" }, data.names[model]),
      ...data.columns.map((column) =>
        h("td", { className: column.kind === "number" ? "number" : "" }, cellText(column, model)),
      ),
    );
    line.dataset.model = String(model);
    return line;
  }

  private heldModel(): number | undefined {
    const model = (document.activeElement as HTMLElement | null)?.dataset.model;
    return model === undefined ? undefined : Number(model);
  }

  private key(event: KeyboardEvent): void {
    const model = this.heldModel();
    if (model === undefined) return;
    const at = this.rows.indexOf(model);
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / rowHeight) - 2);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    if (event.key in moves) this.goTo(Math.min(this.rows.length - 1, Math.max(0, moves[event.key])));
    else if (event.key === "Enter") this.onModel(model);
    else if (event.key === " ") this.store.pick(Int32Array.of(model), "toggle");
    else return;
    event.preventDefault();
  }

  /** Scrolls to a row and gives it the focus. */
  private goTo(index: number): void {
    this.scrollTo(index);
    this.first = -1;
    this.drawRows();
    this.body
      .querySelector<HTMLElement>(`[data-model="${this.rows[index]}"]`)
      ?.focus({ preventScroll: true });
  }

  private scrollTo(index: number): void {
    const { scroller } = this;
    const top = index * rowHeight;
    const room = scroller.clientHeight - 2 * rowHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
  }

  private showFocus(): void {
    const index = this.rows.indexOf(this.store.state.focus ?? -1);
    if (index >= 0 && !this.body.contains(document.activeElement)) this.scrollTo(index);
    this.first = -1;
    this.ask();
  }
}
