import { cellText } from "../data/decoded.js";
import { descriptorOf, type Neighbor, nearestDescriptors } from "../state/descriptors.js";
import { toMembers } from "../state/members.js";
import type { Guest } from "../weights/place.js";
import { heatRamp } from "./colors.js";
import { button, countText, h } from "./dom.js";
import { greatest, heatMap } from "./heat-map.js";
import type { Store } from "./store.js";

/** Neighbours that are listed. */
export const neighborCount = 8;

/** The one model that is looked at, what is known of it, and its neighbours; and the guests. */
export class ModelView {
  readonly element = h("div", { className: "model" });
  private readonly guests = h("div", { className: "guests" });
  private readonly focused = h("div");
  private shownGuests = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    private readonly onModel: (model: number) => void,
  ) {
    this.element.append(this.guests, this.focused);
    store.onChange((before) => {
      const parts = ["focus", "color", "axes"] as const;
      if (parts.some((part) => store.state[part] !== before[part])) this.later();
      if (store.guests.length !== this.shownGuests) this.drawGuests();
    });
    this.drawFocus();
  }

  /** Models whose descriptors lie nearest to a model's. */
  neighborsOf(model: number): Neighbor[] {
    const { descriptors } = this.store.data;
    if (!descriptors) return [];
    return nearestDescriptors(descriptors, descriptorOf(descriptors, model), neighborCount, model);
  }

  /** Selects the model that is looked at and its neighbours. */
  selectNeighbors(): void {
    const { focus } = this.store.state;
    if (focus === undefined) return;
    this.store.pick(toMembers([focus, ...this.neighborsOf(focus).map(({ model }) => model)]), "replace");
  }

  /** An arrow key that is held down goes past many models; only where it stops is looked for neighbours. */
  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.drawFocus(), 30);
  }

  private drawFocus(): void {
    const { data, state } = this.store;
    const { focus } = state;
    if (focus === undefined) {
      this.focused.replaceChildren(
        h(
          "p",
          { className: "quiet" },
          "Click a point, or go to one by arrow keys, to see what it is and what is near it.",
        ),
      );
      return;
    }
    const names = [...new Set([state.color, ...state.axes])];
    const columns = data.columns.filter(({ name }) => names.includes(name));
    const facts = columns.flatMap((column) => [
      h("dt", {}, column.name),
      h("dd", {}, cellText(column, focus) || "not known"),
    ]);
    const { descriptors } = data;
    const map = descriptors ? this.heat(descriptorOf(descriptors, focus), data.names[focus]) : undefined;
    const neighbors = this.neighborsOf(focus);
    this.focused.replaceChildren(
      h("h3", {}, data.names[focus]),
      h("div", { className: "beside" }, map, h("dl", {}, ...facts)),
      ...(neighbors.length > 0
        ? [
            h("h4", {}, "Nearest by descriptor"),
            this.list(neighbors),
            button("Select these", () => this.selectNeighbors(), { title: "N on the map does the same" }),
          ]
        : []),
    );
  }

  private heat(values: Float32Array, name: string): HTMLCanvasElement | undefined {
    const { descriptors } = this.store.data;
    if (!descriptors) return undefined;
    const high = greatest(values);
    return heatMap(values, {
      settings: descriptors.settings,
      ramp: heatRamp,
      low: 0,
      high,
      label: `Descriptor of ${name}`,
    });
  }

  private list(neighbors: readonly Neighbor[]): HTMLElement {
    const { data, state } = this.store;
    const column = data.columns.find(({ name }) => name === state.color);
    return h(
      "ol",
      { className: "neighbors" },
      ...neighbors.map(({ model, distance }) =>
        h(
          "li",
          {},
          button(data.names[model], () => this.onModel(model), { className: "text" }),
          h(
            "span",
            {},
            `distance ${distance.toPrecision(3)}${column ? `, ${column.name} ${cellText(column, model)}` : ""}`,
          ),
        ),
      ),
    );
  }

  private drawGuests(): void {
    const { guests } = this.store;
    this.shownGuests = guests.length;
    this.guests.replaceChildren(...guests.map((guest) => this.guest(guest)));
  }

  private guest(guest: Guest): HTMLElement {
    const remove = () => {
      this.store.guests.splice(this.store.guests.indexOf(guest), 1);
      this.store.refresh();
    };
    const models = toMembers(guest.neighbors.map(({ model }) => model));
    return h(
      "article",
      { className: "guest" },
      h("h3", {}, guest.name),
      h(
        "p",
        {},
        `${countText(guest.weights)} weights; it stands at the mean of the ${models.length} models nearest to it.`,
      ),
      h("div", { className: "beside" }, this.heat(guest.descriptor, guest.name), this.list(guest.neighbors)),
      h(
        "div",
        { className: "row" },
        button("Select its neighbours", () => this.store.pick(models, "replace")),
        button("Remove", remove, { "aria-label": `Remove ${guest.name}` }),
      ),
    );
  }
}
