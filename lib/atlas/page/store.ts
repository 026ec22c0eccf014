import type { AtlasData } from "../data/decoded.js";
import { type Axis, axisOf, brushed } from "../state/axis.js";
import { type Coloring, coloringOf } from "../state/coloring.js";
import { amend, type History, record, redo, startHistory, undo } from "../state/history.js";
import { linkOf, stateOf } from "../state/link.js";
import { type Combine, combine, type Members, maskOf } from "../state/members.js";
import { type AtlasState, reservedNames } from "../state/state.js";
import type { Guest } from "../weights/place.js";

/** Called after a change, with the state before it. */
type Listener = (before: AtlasState) => void;

/** What all views share: the data, the state with its history, and what follows from it. */
export class Store {
  private history: History<AtlasState>;
  private readonly listeners: Listener[] = [];
  private readonly axes = new Map<string, Axis>();
  private linkTimer: ReturnType<typeof setTimeout> | undefined;
  /** Networks that were dropped on the page; no part of a link, since their weights are not. */
  readonly guests: Guest[] = [];
  /** Models that are selected: what was picked, narrowed by the brushes. */
  selection: Members;
  /** 1 for each selected model. */
  mask: Uint8Array;
  coloring: Coloring | undefined;

  constructor(readonly data: AtlasData) {
    this.history = startHistory(stateOf(location.hash, data));
    this.selection = this.selected();
    this.mask = maskOf(this.selection, data.models);
    this.coloring = coloringOf(data, this.state.color, this.state.isNormalized);
    window.addEventListener("hashchange", () => {
      if (location.hash.slice(1) === linkOf(this.state, data)) return;
      this.set(record(this.history, stateOf(location.hash, data)));
    });
  }

  get state(): AtlasState {
    return this.history.present;
  }

  /** Places of the models in the embedding that is shown. */
  get points(): Float32Array {
    const { embeddings } = this.data;
    return (embeddings.find(({ name }) => name === this.state.embedding) ?? embeddings[0]).points;
  }

  get canUndo(): boolean {
    return this.history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.history.future.length > 0;
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Changes parts of the state as a step that can be undone. */
  change(parts: Partial<AtlasState>): void {
    this.set(record(this.history, { ...this.state, ...parts }));
  }

  /** Changes parts of the state without a step of its own: the camera, or a brush while it is drawn. */
  amend(parts: Partial<AtlasState>): void {
    this.set(amend(this.history, { ...this.state, ...parts }));
  }

  /** Selects models; a new selection is not narrowed by what was brushed before. */
  pick(models: Members, how: Combine): void {
    this.change({ picked: combine(this.selection, models, how), brushes: {} });
  }

  undo(): void {
    this.step(undo(this.history));
  }

  redo(): void {
    this.step(redo(this.history));
  }

  /** Tells all views that something outside the state changed, as guests. */
  refresh(): void {
    for (const listener of this.listeners) listener(this.state);
  }

  axis(name: string): Axis | undefined {
    const known = this.axes.get(name);
    const column = this.data.columns.find((candidate) => candidate.name === name);
    if (known || !column) return known;
    const axis = axisOf(column);
    this.axes.set(name, axis);
    return axis;
  }

  /** The models of a saved selection, of "selection" or of "all". */
  membersOf(name: string): Members {
    if (name === reservedNames[0]) return this.selection;
    if (name === reservedNames[1]) return Int32Array.from({ length: this.data.models }, (_, model) => model);
    return this.state.saved.find((saved) => saved.name === name)?.members ?? new Int32Array(0);
  }

  /** To an earlier or later state; where one looks stays, unless that was another embedding. */
  private step(history: History<AtlasState>): void {
    const { camera, embedding } = this.state;
    const { present } = history;
    this.set(present.embedding === embedding ? amend(history, { ...present, camera }) : history);
  }

  private set(history: History<AtlasState>): void {
    const before = this.state;
    this.history = history;
    const { state } = this;
    if (state.picked !== before.picked || state.brushes !== before.brushes) {
      this.selection = this.selected();
      this.mask = maskOf(this.selection, this.data.models);
    }
    if (state.color !== before.color || state.isNormalized !== before.isNormalized) {
      this.coloring = coloringOf(this.data, state.color, state.isNormalized);
    }
    for (const listener of this.listeners) listener(before);
    this.keepLink();
  }

  private selected(): Members {
    const { brushes, picked } = this.state;
    const drawn = Object.entries(brushes).flatMap(([name, interval]) => {
      const axis = this.axis(name);
      return axis ? [{ axis, interval }] : [];
    });
    if (drawn.length === 0) return picked;
    return brushed(picked.length > 0 ? picked : undefined, this.data.models, drawn);
  }

  /** Browsers refuse links that change more than a hundred times in half a minute. */
  private keepLink(): void {
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => {
      const link = linkOf(this.state, this.data);
      if (link !== location.hash.slice(1))
        history.replaceState(null, "", link ? `#${link}` : location.pathname);
    }, 300);
  }
}
