import { noMembers } from "../state/members.js";
import { type AtlasState, freshName, type NamedSelection, reservedNames } from "../state/state.js";
import { button, countText, h, modelsText } from "./dom.js";
import type { Store } from "./store.js";

/** The selection and the saved ones. */
export function selectionsView(store: Store): HTMLElement {
  const count = h("p", { className: "count-line" });
  const note = h("p", { className: "quiet" });
  const list = h("ul", { className: "saved" });
  const clear = button("Clear", () => store.change({ picked: noMembers, brushes: {} }));
  const keep = button("Keep as", () => {
    const saved = [...store.state.saved, { name: freshName(store.state.saved), members: store.selection }];
    store.change({ saved });
  });
  const invert = button("Invert", () => {
    const picked = store.membersOf("all").filter((model) => store.mask[model] === 0);
    store.change({ picked, brushes: {} });
  });

  const draw = () => {
    const { selection, data, state } = store;
    const brushed = Object.keys(state.brushes);
    count.textContent =
      selection.length === 0 && brushed.length === 0
        ? `${modelsText(data.models)}, none selected`
        : `${countText(selection.length)} of ${modelsText(data.models)} selected`;
    note.textContent = brushed.length > 0 ? `Narrowed by brushes on ${brushed.join(", ")}.` : "";
    note.hidden = brushed.length === 0;
    for (const one of [clear, keep]) one.disabled = selection.length === 0 && brushed.length === 0;
    keep.textContent = `Keep as ${freshName(state.saved)}`;
    invert.disabled = selection.length === 0;
    list.replaceChildren(...state.saved.map((saved) => item(store, saved)));
    list.hidden = state.saved.length === 0;
  };
  store.onChange((before) => {
    const parts = ["picked", "brushes", "saved"] as const;
    if (parts.some((part) => store.state[part] !== before[part])) draw();
  });
  draw();
  return h("div", {}, count, note, h("div", { className: "row" }, keep, invert, clear), list);
}

function item(store: Store, { name, members }: NamedSelection): HTMLElement {
  const input = h("input", {
    value: name,
    maxLength: 40,
    "aria-label": `Name of selection ${name}`,
    onchange: () => rename(store, name, input),
  });
  return h(
    "li",
    {},
    input,
    h("span", { className: "count" }, modelsText(members.length)),
    button("Show", () => store.change({ picked: members, brushes: {} }), {
      "aria-label": `Show selection ${name}`,
    }),
    button("Update", () => replace(store, name, { name, members: store.selection }), {
      "aria-label": `Make ${name} the models that are selected now`,
      title: "Make it the models that are selected now",
    }),
    button("Delete", () => replace(store, name, undefined), { "aria-label": `Delete selection ${name}` }),
  );
}

/** A name that is empty, taken or means something else goes back to what it was. */
function rename(store: Store, name: string, input: HTMLInputElement): void {
  const wanted = input.value.trim();
  const taken = [...reservedNames, ...store.state.saved.map((saved) => saved.name)] as string[];
  const members = store.state.saved.find((saved) => saved.name === name)?.members;
  if (wanted === "" || taken.includes(wanted) || !members) input.value = name;
  else replace(store, name, { name: wanted, members });
}

function replace(store: Store, name: string, next: NamedSelection | undefined): void {
  const saved = store.state.saved.flatMap((old) => (old.name === name ? (next ? [next] : []) : [old]));
  const [a, b] = store.state.compared.map((old, at) => {
    if (old !== name) return old;
    return next?.name ?? reservedNames[at];
  });
  const compared: AtlasState["compared"] = [a, b];
  store.change({ saved, compared });
}
