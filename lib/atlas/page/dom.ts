type Child = Node | string | undefined;
type Props = Readonly<Record<string, unknown>>;

/**
 * Makes an element. Properties that begin with "on" are listeners, those with a "-" and `role` attributes, `style` an object
 * of styles; all others are set as properties. Undefined ones are left out.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as EventListener);
    else if (name.includes("-") || name === "role" || name === "for")
      element.setAttribute(name, String(value));
    else if (name === "style") Object.assign(element.style, value);
    else (element as unknown as Record<string, unknown>)[name] = value;
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** An element of SVG with attributes. */
export function s(tag: string, attributes: Props = {}, ...children: readonly Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A button with words; `hint` says more, and which key does the same. */
export function button(label: string, onclick: () => void, props: Props = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...props }, label);
}

/** A labelled choice of names. */
export function choice(
  label: string,
  names: readonly string[],
  onpick: (name: string) => void,
): { element: HTMLLabelElement; select: HTMLSelectElement } {
  const select = h("select", { "aria-label": label, onchange: () => onpick(select.value) });
  fillChoice(select, names);
  return { element: h("label", {}, h("span", {}, label), select), select };
}

/** Puts other names into a choice. */
export function fillChoice(
  select: HTMLSelectElement,
  names: readonly string[],
  text: (name: string) => string = (name) => name,
): void {
  if ([...select.options].map(({ value }) => value).join("\n") === names.join("\n")) return;
  select.replaceChildren(...names.map((name) => h("option", { value: name }, text(name))));
}

/** Makes a canvas as fine as the screen, and returns its context in CSS pixels. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const [w, h_] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h_) {
    canvas.width = w;
    canvas.height = h_;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Runs work at most once a frame, however often it is asked for. */
export function oncePerFrame(work: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}

/** Thousands set apart: 13,000. */
export const countText = (count: number): string => count.toLocaleString("en");

/** Number with its noun: "1 model", "13,000 models". */
export const modelsText = (count: number): string =>
  `${countText(count)} ${count === 1 ? "model" : "models"}`;
