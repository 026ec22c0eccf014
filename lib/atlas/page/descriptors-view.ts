import { numberText } from "../data/decoded.js";
import { type DescriptorSummary, descriptorOf, summarize } from "../state/descriptors.js";
import type { Members } from "../state/members.js";
import { differenceRamp, heatRamp } from "./colors.js";
import { button, choice, fillChoice, h, modelsText } from "./dom.js";
import { greatest, heatMap, recycle } from "./heat-map.js";
import type { Store } from "./store.js";

/** How many single descriptors are shown at once. */
const pageOf = 12;

/** Mean and deviation descriptors of two selections, their difference, and the single ones of the selection. */
export function descriptorsView(store: Store, onModel: (model: number) => void): HTMLElement {
  const { descriptors } = store.data;
  if (!descriptors) return h("p", { className: "quiet" }, "This atlas was written without descriptors.");
  const { settings } = descriptors;
  const first = choice("A", [], (name) => store.change({ compared: [name, store.state.compared[1]] }));
  const second = choice("B", [], (name) => store.change({ compared: [store.state.compared[0], name] }));
  const pictures = h("div", { className: "pictures" });
  const gallery = h("div", { className: "pictures small" });
  const more = button("Show more", () => showMore());
  const summaries = new WeakMap<Members, DescriptorSummary>();
  let shown = pageOf;

  const summaryOf = (members: Members): DescriptorSummary => {
    const known = summaries.get(members) ?? summarize(descriptors, members);
    summaries.set(members, known);
    return known;
  };
  const everyone = store.membersOf("all");
  const membersOf = (name: string) => (name === "all" ? everyone : store.membersOf(name));

  const drawCompared = () => {
    recycle(pictures);
    const names = ["selection", "all", ...store.state.saved.map(({ name }) => name)];
    const text = (name: string) => ({ selection: "the selection", all: "all models" })[name] ?? name;
    for (const [at, { select }] of [first, second].entries()) {
      fillChoice(select, names, text);
      select.value = store.state.compared[at];
    }
    const [a, b] = store.state.compared.map((name) => {
      const members = membersOf(name);
      return { name: text(name), members, ...summaryOf(members) };
    });
    const high = greatest(a.mean, b.mean);
    const spread = greatest(a.deviation, b.deviation);
    const difference = a.mean.map((value, i) => value - b.mean[i]);
    const most = greatest(difference);
    const scale = { settings, ramp: heatRamp, low: 0 };
    const panels = [a, b].flatMap(({ name, members, mean, deviation }) =>
      members.length === 0
        ? [h("p", { className: "quiet" }, `${name}: no model selected`)]
        : [
            picture(mean, { ...scale, high, label: `Mean of ${name}` }, modelsText(members.length)),
            picture(
              deviation,
              { ...scale, high: spread, label: `Deviation of ${name}` },
              modelsText(members.length),
            ),
          ],
    );
    const both = a.members.length > 0 && b.members.length > 0;
    const options = { settings, ramp: differenceRamp, low: -most, high: most };
    const label = `Mean of ${a.name} minus mean of ${b.name}`;
    pictures.replaceChildren(
      ...panels,
      ...(both ? [picture(difference, { ...options, label }, "of the means", "A minus B")] : []),
    );
  };

  const drawGallery = () => {
    recycle(gallery);
    const members = store.selection.subarray(0, shown);
    const each = Array.from(members, (model) => descriptorOf(descriptors, model));
    const high = greatest(...each);
    gallery.replaceChildren(
      ...each.map((values, i) => {
        const name = store.data.names[members[i]];
        const map = heatMap(values, {
          settings,
          ramp: heatRamp,
          low: 0,
          high,
          label: `Descriptor of ${name}`,
        });
        const onclick = () => onModel(members[i]);
        return h(
          "button",
          { type: "button", className: "picture", title: name, onclick },
          map,
          h("span", {}, name),
        );
      }),
    );
    if (each.length === 0) {
      gallery.replaceChildren(h("p", { className: "quiet" }, "Select models to see the descriptor of each."));
    }
    more.hidden = shown >= store.selection.length;
  };
  const showMore = () => {
    shown += pageOf;
    drawGallery();
  };

  store.onChange((before) => {
    const { state } = store;
    const reselected = state.picked !== before.picked || state.brushes !== before.brushes;
    if (reselected) {
      shown = pageOf;
      drawGallery();
    }
    if (reselected || state.saved !== before.saved || state.compared !== before.compared) drawCompared();
  });
  drawCompared();
  drawGallery();
  const [low, high] = settings.range;
  const unit = settings.scale === "standardised" ? "standard deviations of the weights" : "weights";
  return h(
    "div",
    {},
    h("div", { className: "row compared" }, first.element, second.element),
    pictures,
    h(
      "p",
      { className: "quiet" },
      `Top: first layers, bottom: last. Left to right: ${unit} from ${low} to ${high}. Brighter: a greater share of a window.`,
    ),
    h("h3", {}, "Each selected model"),
    gallery,
    more,
  );
}

function picture(
  values: Float32Array,
  options: Parameters<typeof heatMap>[1],
  note: string,
  title = options.label,
): HTMLElement {
  const { low, high } = options;
  const ends = `${numberText(low, 2)} to ${numberText(high, 2)}`;
  return h(
    "figure",
    {},
    heatMap(values, options),
    h("figcaption", {}, h("strong", {}, title), h("span", {}, `${note} · ${ends}`)),
  );
}
