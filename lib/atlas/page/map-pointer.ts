import { zoomAt } from "../state/camera.js";
import { boxPolygon, insidePolygon, nearestPoint } from "../state/geometry.js";
import { type Combine, noMembers } from "../state/members.js";
import type { Camera } from "../state/state.js";
import type { MapView } from "./map-view.js";
import type { Store } from "./store.js";

/** Pixels that a hand may tremble in a click. */
const clickReach = 4;
/** Pixels from a point within which it is meant. */
const pointReach = 9;
/** Pixels between corners of a lasso: finer is not seen, and coarse ones are tested sooner. */
const traceStep = 3;

type Place = readonly [left: number, top: number];

/** Dragging, clicking, wheel and two fingers on the map. */
export function listenToPointer(
  map: MapView,
  store: Store,
  onHover: (model: number | undefined) => void,
): void {
  const { surface } = map;
  const pointers = new Map<number, Place>();
  let start: { place: Place; camera: Camera; isPan: boolean } | undefined;
  let pinch: { distance: number; camera: Camera } | undefined;

  const placeOf = (event: PointerEvent | WheelEvent): Place => {
    const { left, top } = surface.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const modelAt = ([left, top]: Place) => {
    const reach = Math.max(pointReach, map.size / 2 + 2) / map.camera.scale;
    return nearestPoint(store.points, ...map.toPlane(left, top), reach);
  };
  const moveCamera = (camera: Camera) => store.amend({ camera });

  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    surface.focus();
    surface.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    pointers.set(event.pointerId, place);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      pinch = { distance: Math.hypot(a[0] - b[0], a[1] - b[1]), camera: map.camera };
      map.trace = undefined;
      return;
    }
    start = { place, camera: map.camera, isPan: map.tool === "pan" || event.button === 1 };
  });

  surface.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, place);
    if (pinch && pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const factor = Math.hypot(a[0] - b[0], a[1] - b[1]) / Math.max(1, pinch.distance);
      const middle = [(a[0] + b[0]) / 2 - map.width / 2, (a[1] + b[1]) / 2 - map.height / 2] as const;
      moveCamera(zoomAt(pinch.camera, factor, ...middle));
      return;
    }
    if (!start) {
      hover(modelAt(place));
      return;
    }
    const [dx, dy] = [place[0] - start.place[0], place[1] - start.place[1]];
    if (Math.hypot(dx, dy) < clickReach && !map.trace) return;
    if (start.isPan) {
      const { x, y, scale } = start.camera;
      moveCamera({ x: x - dx / scale, y: y + dy / scale, scale });
    } else {
      extendTrace(map, start.place, place);
      map.redraw();
    }
  });

  const finish = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    if (pinch) {
      if (pointers.size === 0) pinch = undefined;
      start = undefined;
      return;
    }
    const begun = start;
    const { trace } = map;
    [start, map.trace] = [undefined, undefined];
    if (!begun || event.type === "pointercancel") return map.redraw();
    const place = placeOf(event);
    const how = combineOf(event);
    if (trace) {
      pickTimed(() => store.pick(insidePolygon(store.points, trace.corners), how));
    } else if (Math.hypot(place[0] - begun.place[0], place[1] - begun.place[1]) < clickReach) {
      click(store, modelAt(place), event);
    }
    map.redraw();
  };
  surface.addEventListener("pointerup", finish);
  surface.addEventListener("pointercancel", finish);
  surface.addEventListener("pointerleave", () => hover(undefined));

  const hover = (model: number | undefined) => {
    if (model === map.hovered) return;
    map.hovered = model;
    onHover(model);
    map.redraw();
  };

  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const [left, top] = placeOf(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      const factor = Math.exp(-Math.max(-300, Math.min(300, event.deltaY * lines)) * 0.0016);
      moveCamera(zoomAt(map.camera, factor, left - map.width / 2, top - map.height / 2));
    },
    { passive: false },
  );
}

function combineOf(event: PointerEvent): Combine {
  if (event.shiftKey) return "add";
  return event.altKey ? "remove" : "replace";
}

/** A click looks at a model and selects it alone; with Ctrl or Shift beside the others; beside all points it selects none. */
function click(store: Store, model: number | undefined, event: PointerEvent): void {
  const more = event.ctrlKey || event.metaKey || event.shiftKey;
  if (model === undefined) {
    if (!more && (store.selection.length > 0 || store.state.focus !== undefined)) {
      store.change({ picked: noMembers, brushes: {}, focus: undefined });
    }
    return;
  }
  store.amend({ focus: model });
  pickTimed(() => store.pick(Int32Array.of(model), more ? "toggle" : "replace"));
}

function extendTrace(map: MapView, from: Place, to: Place): void {
  if (map.tool === "box") {
    map.trace = { corners: boxPolygon(...map.toPlane(...from), ...map.toPlane(...to)) };
    return;
  }
  const corners = map.trace?.corners ?? map.toPlane(...from);
  const [left, top] = map.toScreen(corners[corners.length - 2], corners[corners.length - 1]);
  if (Math.hypot(to[0] - left, to[1] - top) < traceStep) return;
  map.trace = { corners: [...corners, ...map.toPlane(...to)] };
}

/** How long a selection takes until all views show it stands in the browser's performance timeline, as "atlas linked". */
export function pickTimed(pick: () => void): void {
  const started = performance.now();
  pick();
  requestAnimationFrame(() => {
    // After the frame's own drawing, which other callbacks of this frame do.
    setTimeout(() => performance.measure("atlas linked", { start: started, end: performance.now() }));
  });
}
