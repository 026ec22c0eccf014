import { type Tensor2D, tensorflow } from "../../compute/tensors/tf.js";
import { type Matrix, takeRows } from "../../core/matrix.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { StopOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { Coder } from "./coder.js";
import { reconstructRows } from "./inference.js";
import { viewLoss } from "./losses.js";
import type { HyperSetup } from "./model.js";
import { reconstructionR2 } from "./reconstruction.js";
import { permutedRows, type ViewBatch, ViewMaker } from "./views.js";

/** Validation rows that are looked at: more would take longer than they tell. */
const mostRows = 2000;

/** What an evaluation found. */
export interface Evaluation {
  readonly loss: number;
  readonly r2: number | null;
}

/** Evaluates a training on the validation rows: always the same rows in the same views. */
export class Evaluator {
  private readonly batches: readonly ViewBatch[];
  private readonly permuted: Matrix;

  /** @param rows of the validation split, in the layout's order */
  constructor(setup: HyperSetup, coder: Coder, rows: Matrix, batch: number) {
    const rng = RandomStream.fromSeed(setup.seed).split("hyper-representation", "validation");
    const chosen = thinned(rows, rng);
    const maker = new ViewMaker(setup.config, coder.plan, setup.network);
    const size = Math.min(batch, chosen.rows);
    this.batches = Array.from({ length: Math.floor(chosen.rows / size) }, (_, i) => {
      const own = Uint32Array.from({ length: size }, (_, j) => i * size + j);
      return maker.make(chosen, own, rng.split("views", i));
    });
    const { layout, network } = setup;
    this.permuted = network
      ? permutedRows({ weights: chosen, layout, network }, rng.split("permuted"))
      : chosen;
  }

  /** @throws InterruptedError */
  async run(coder: Coder, options: StopOptions): Promise<Evaluation> {
    const { length } = this.batches;
    const pacer = new Pacer("the validation of a hyper-representation", length, "batches", options);
    let loss = 0;
    for (const batch of this.batches) {
      loss += (await batchLoss(coder, batch)) / length;
      await pacer.add(1);
    }
    if (coder.config.loss === "Ec") return { loss, r2: null };
    const r2 = reconstructionR2(this.permuted, await reconstructRows(coder, this.permuted, options));
    return { loss, r2: Number.isFinite(r2) ? r2 : null };
  }
}

function thinned(rows: Matrix, rng: RandomStream): Matrix {
  return takeRows(rows, rng.split("rows").permutation(rows.rows).subarray(0, mostRows));
}

async function batchLoss(coder: Coder, { views, targets, samples }: ViewBatch): Promise<number> {
  const tf = tensorflow();
  const shape: [number, number] = [2 * samples, coder.plan.parameters];
  const loss = tf.tidy(() => {
    const input = tf.tensor2d(views, shape);
    const wanted: Tensor2D = targets === views ? input : tf.tensor2d(targets, shape);
    return viewLoss(coder, input, wanted).total;
  });
  const [value] = await loss.data();
  loss.dispose();
  return value;
}
