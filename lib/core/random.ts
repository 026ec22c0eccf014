import { createHash } from "node:crypto";

/**
 * A seeded stream of random numbers that splits into independent named streams. Every random choice of the library
 * comes from one of these, so that equal seeds give equal bits whatever the number of workers or the order of work.
 *
 * The generator is xoshiro128** (Blackman and Vigna 2018, period 2^128 - 1); its state is the SHA-256 of the path of
 * names that leads to the stream, so a split depends on names only, never on how much was drawn before.
 */
export class RandomStream {
  private readonly path: string;
  private readonly s = new Uint32Array(4);
  private spare: number | undefined;

  private constructor(path: string) {
    this.path = path;
    const digest = createHash("sha256").update(path).digest();
    for (let i = 0; i < 4; i++) this.s[i] = digest.readUInt32LE(4 * i);
    if (this.s.every((word) => word === 0)) this.s[0] = 1;
  }

  /** The root stream of a seed. Seed 0 is a seed like any other. */
  static fromSeed(seed: number | string): RandomStream {
    return new RandomStream(`weightbook:${typeof seed}:${seed}`);
  }

  /** An independent stream named by `labels`; the same labels always give the same stream. */
  split(...labels: (string | number)[]): RandomStream {
    const suffix = labels.map((label) => `/${JSON.stringify(label)}`).join("");
    return new RandomStream(this.path + suffix);
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    const s = this.s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A uniform number in [low, high), 53 bits. */
  uniform(low = 0, high = 1): number {
    const unit = ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
    return low + (high - low) * unit;
  }

  /** A normal deviate (Marsaglia's polar method). */
  normal(mean = 0, deviation = 1): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return mean + deviation * value;
    }
    for (;;) {
      const u = this.uniform(-1, 1);
      const v = this.uniform(-1, 1);
      const r = u * u + v * v;
      if (r > 0 && r < 1) {
        const scale = Math.sqrt((-2 * Math.log(r)) / r);
        this.spare = v * scale;
        return mean + deviation * u * scale;
      }
    }
  }

  /** A uniform integer in [0, below), without modulo bias. */
  integer(below: number): number {
    for (;;) {
      const x = this.uint32();
      const rest = x % below;
      // The last, incomplete run of `below` numbers is left out.
      if (x - rest <= 4294967296 - below) return rest;
    }
  }

  /** One of the given values. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(values.length)];
  }

  /** A random permutation of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i];
      order[i] = order[j];
      order[j] = held;
    }
    return order;
  }
}
