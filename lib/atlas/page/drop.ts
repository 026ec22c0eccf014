import { WeightbookError } from "../../core/errors.js";
import { guestOf } from "../weights/place.js";
import { button, h } from "./dom.js";
import type { Store } from "./store.js";

/** Files beyond this are not read: the browser would run out of memory before the descriptor is made. */
const mostBytes = 1 << 30;

/** Says what went wrong until the next file, or until it is closed. */
export type Tell = (message: string) => void;

/** Takes weights files that are dropped on the page, or chosen. */
export function weightsInput(store: Store, tell: Tell, say: (text: string) => void): HTMLElement {
  const input = h("input", {
    type: "file",
    accept: ".safetensors,.npy",
    multiple: true,
    className: "unseen",
  });
  input.tabIndex = -1;
  input.addEventListener("change", () => {
    take(store, [...(input.files ?? [])], tell, say);
    input.value = "";
  });
  // Drags of text or of a picture of this page are none of ours.
  const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const root = document.documentElement;
  window.addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    root.classList.add("dropping");
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) root.classList.remove("dropping");
  });
  window.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!isFiles(event)) return;
    event.preventDefault();
    take(store, [...(event.dataTransfer?.files ?? [])], tell, say);
  });
  return h(
    "span",
    {},
    button("Place a model…", () => input.click(), {
      title:
        "Choose weights (.safetensors or .npy) of a network, or drop them on the page: it is shown beside those it is like",
    }),
    input,
  );
}

/** Reads one file after the other; a file that cannot be placed stops none of the others. */
async function take(
  store: Store,
  files: readonly File[],
  tell: Tell,
  say: (text: string) => void,
): Promise<void> {
  const { descriptors } = store.data;
  const problems: string[] = [];
  if (!descriptors)
    problems.push("This atlas was written without descriptors, so that no model can be placed in it.");
  for (const file of descriptors ? files : []) {
    try {
      const guest = guestOf(file.name, await bytesOf(file), descriptors!);
      store.guests.push(guest);
      const nearest = guest.neighbors.map(({ model }) => store.data.names[model]).join(", ");
      say(`${file.name} was placed beside ${nearest}`);
    } catch (error) {
      problems.push(problemOf(file.name, error));
    }
  }
  tell(problems.join("\n"));
  store.refresh();
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > mostBytes) {
    throw new RangeError(
      `it has ${(file.size / 2 ** 30).toFixed(1)} GiB; files of up to 1 GiB can be placed`,
    );
  }
  return new Uint8Array(await file.arrayBuffer());
}

function problemOf(name: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const says = error instanceof WeightbookError && reason.includes(`"${name}"`);
  return says ? `${capital(reason)}.` : `"${name}" could not be placed: ${reason}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
