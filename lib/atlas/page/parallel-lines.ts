import type { Axis } from "../state/axis.js";

/** Where the axes stand, in pixels. */
export interface AxesPlace {
  readonly axes: readonly Axis[];
  readonly lefts: readonly number[];
  readonly top: number;
  readonly height: number;
}

/** Milliseconds of lines in the first frame and in each later one: the other views must not wait. */
const firstSlice = 8;
const slice = 9;

/** Lines beyond which more change nothing that can be seen: of more models so many are drawn, evenly scattered. */
const mostLines = 20_000;

/**
 * Draws a line a model, some in each frame until all are there. Models come in a scattered order, so that the first
 * frame already looks like the whole.
 */
export class LinePainter {
  private run = 0;

  paint(
    context: CanvasRenderingContext2D,
    place: AxesPlace,
    members: Int32Array,
    colorOf: (model: number) => string,
    alpha: number,
  ): void {
    const run = ++this.run;
    const count = members.length;
    if (count === 0 || place.axes.length === 0) return;
    const wanted = Math.min(count, mostLines);
    const stride = coprimeStride(count);
    context.globalAlpha = alpha;
    context.lineWidth = 1;
    let done = 0;
    const work = (budget: number) => {
      if (run !== this.run) return;
      const end = performance.now() + budget;
      while (done < wanted && (done % 32 !== 0 || performance.now() < end)) {
        const model = members[(done * stride) % count];
        context.strokeStyle = colorOf(model);
        line(context, place, model);
        done++;
      }
      if (done < wanted) requestAnimationFrame(() => work(slice));
    };
    work(firstSlice);
  }
}

function line(
  context: CanvasRenderingContext2D,
  { axes, lefts, top, height }: AxesPlace,
  model: number,
): void {
  context.beginPath();
  for (let i = 0; i < axes.length; i++) {
    context.lineTo(lefts[i], top + height * (1 - spread(axes[i], model)));
  }
  if (axes.length === 1) context.lineTo(lefts[0] + 6, top + height * (1 - spread(axes[0], model)));
  context.stroke();
}

/**
 * Where a model crosses an axis. In a band of equal values models are spread over two thirds of it, each always at the
 * same height, so that their number can be seen; unknown values run below the axis.
 */
function spread(axis: Axis, model: number): number {
  const position = axis.positions[model];
  if (Number.isNaN(position)) return -0.06;
  if (axis.scale !== "levels") return position;
  const share = ((model * 2654435761) % 4294967296) / 4294967296 - 0.5;
  return position + (share * 0.66) / Math.max(1, axis.ticks.length);
}

/** A step that visits every place once before any twice, about the golden section of them. */
function coprimeStride(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.618));
  while (gcd(stride, count) !== 1) stride++;
  return stride;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
