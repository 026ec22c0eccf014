/** How finely marks are drawn; coarser levels make smaller files of pictures with very many marks. */
export interface Detail {
  /** Decimals of pixel coordinates. */
  readonly decimals: 0 | 1;
  /** Points of a line that lie closer to it than this many pixels are left out. */
  readonly tolerance: number;
  /** Of the marks of one colour within a cell of this many pixels only the first is drawn; 0 draws all. */
  readonly cell: number;
}

/** From everything to what fits a notebook; the first levels lose nothing that can be seen. */
export const detailLevels: readonly Detail[] = [
  { decimals: 1, tolerance: 0.1, cell: 0.5 },
  { decimals: 0, tolerance: 0.4, cell: 1 },
  { decimals: 0, tolerance: 0.7, cell: 2 },
  { decimals: 0, tolerance: 1, cell: 3 },
  { decimals: 0, tolerance: 1.4, cell: 4 },
  { decimals: 0, tolerance: 1.8, cell: 5 },
  { decimals: 0, tolerance: 2.2, cell: 7 },
  { decimals: 0, tolerance: 3, cell: 10 },
  { decimals: 0, tolerance: 4, cell: 16 },
];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Writes one path in relative coordinates of rounded pixels, as short as SVG allows; rounding does not add up. */
export class PathWriter {
  private readonly parts: string[] = [];
  private readonly factor: number;
  private x = 0;
  private y = 0;
  private start: [number, number] = [0, 0];
  private lastCommand = "";

  constructor(detail: Detail) {
    this.factor = 10 ** detail.decimals;
  }

  /** Starts a new piece at a point. */
  move(point: Point): void {
    this.step("m", point);
    this.start = [this.x, this.y];
    // After "m" further pairs are lines: the command letter may be left out.
    this.lastCommand = "l";
  }

  lineTo(point: Point): void {
    this.step("l", point);
  }

  /** A mark of no length, which a round line cap turns into a disc. */
  dot(point: Point): void {
    this.step("m", point);
    this.parts.push("h0");
    this.lastCommand = "h";
  }

  close(): void {
    this.parts.push("z");
    [this.x, this.y] = this.start;
    this.lastCommand = "z";
  }

  get data(): string {
    return this.parts.join("");
  }

  private step(command: "m" | "l", point: Point): void {
    const x = Math.round(point.x * this.factor);
    const y = Math.round(point.y * this.factor);
    const dx = this.number(x - this.x);
    const dy = this.number(y - this.y);
    const letter = command === this.lastCommand ? (dx.startsWith("-") ? "" : ",") : command;
    this.parts.push(`${letter}${dx}${dy.startsWith("-") ? "" : ","}${dy}`);
    this.x = x;
    this.y = y;
    this.lastCommand = command;
  }

  private number(units: number): string {
    return String(units / this.factor).replace(/^(-?)0\./, "$1.");
  }
}

/** Splits coordinates at gaps into pieces of finite points. */
export function pieces(points: readonly Point[]): Point[][] {
  const found: Point[][] = [];
  let piece: Point[] = [];
  for (const point of points) {
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) {
      piece.push(point);
    } else if (piece.length) {
      found.push(piece);
      piece = [];
    }
  }
  if (piece.length) found.push(piece);
  return found;
}

/**
 * Leaves out points of a line that lie within `tolerance` pixels of what is drawn without them (Douglas and Peucker
 * 1973); the ends stay.
 */
export function simplify(points: readonly Point[], tolerance: number): Point[] {
  const keep = new Uint8Array(points.length);
  keep[0] = 1;
  keep[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    let farthest = -1;
    let distance = tolerance;
    for (let i = first + 1; i < last; i++) {
      const d = distanceToSegment(points[i], points[first], points[last]);
      if (d > distance) {
        distance = d;
        farthest = i;
      }
    }
    if (farthest >= 0) {
      keep[farthest] = 1;
      open.push([first, farthest], [farthest, last]);
    }
  }
  return points.filter((_, i) => keep[i]);
}

function distanceToSegment(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const squared = dx * dx + dy * dy;
  const share = squared > 0 ? Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / squared)) : 0;
  return Math.hypot(p.x - a.x - share * dx, p.y - a.y - share * dy);
}
