import { zoomAt } from "../state/camera.js";
import { nearestPoint, nextPoint } from "../state/geometry.js";
import { noMembers } from "../state/members.js";
import type { Camera } from "../state/state.js";
import type { MapView } from "./map-view.js";
import type { Store } from "./store.js";

/** What can be done on the map by keys; the page shows it, and screen readers read it. */
export const mapHelp =
  "Arrow keys go from model to model, with Shift they move the map. Space selects the model or leaves it out, Enter selects " +
  "it alone, N its nearest neighbours. Plus and minus zoom, 0 shows all, Escape clears the selection.";

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** Keys on the map. */
export function listenToKeys(map: MapView, store: Store, selectNeighbors: () => void): void {
  map.surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = directions[event.key];
    if (direction && event.shiftKey) pan(map, store, direction);
    else if (direction) step(map, store, direction);
    else if (!act(map, store, event.key, selectNeighbors)) return;
    event.preventDefault();
  });
}

function pan(map: MapView, store: Store, [dx, dy]: readonly [number, number]): void {
  const { x, y, scale } = map.camera;
  const camera: Camera = { x: x + (60 * dx) / scale, y: y + (60 * dy) / scale, scale };
  store.amend({ camera });
}

/** To the next model; the first key takes the one nearest to the middle of what is seen. */
function step(map: MapView, store: Store, direction: readonly [number, number]): void {
  const { focus } = store.state;
  const { x, y } = map.camera;
  const next =
    focus === undefined
      ? nearestPoint(store.points, x, y, Number.POSITIVE_INFINITY)
      : nextPoint(store.points, focus, direction);
  if (next === undefined) return;
  store.amend({ focus: next });
  map.reveal(next);
}

function act(map: MapView, store: Store, key: string, selectNeighbors: () => void): boolean {
  const { focus } = store.state;
  const zoom = (factor: number) => store.amend({ camera: zoomAt(map.camera, factor, 0, 0) });
  const actions: Record<string, () => void> = {
    "+": () => zoom(1.3),
    "=": () => zoom(1.3),
    "-": () => zoom(1 / 1.3),
    "0": () => store.amend({ camera: undefined }),
    Escape: () => store.change({ picked: noMembers, brushes: {} }),
    Enter: () => focus !== undefined && store.pick(Int32Array.of(focus), "replace"),
    " ": () => focus !== undefined && store.pick(Int32Array.of(focus), "toggle"),
    n: selectNeighbors,
  };
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
  action?.();
  return action !== undefined;
}
