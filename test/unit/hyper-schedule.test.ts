import { describe, expect, test } from "vitest";
import {
  afterEvaluation,
  freshStall,
  isMilestone,
  learningRateAt,
  type StallState,
} from "#lib/representations/hyper/schedule.js";
import { tinyConfig } from "../helpers/hyper.js";

describe("the plateau schedule", () => {
  const config = tinyConfig({ learningRate: 1, schedule: { kind: "plateau", factor: 0.3, patience: 2 } });
  const rates = (losses: number[]) => {
    let state: StallState = freshStall;
    return losses.map((loss) => {
      state = afterEvaluation(state, loss, config);
      return Number(learningRateAt(0, config, state).toFixed(6));
    });
  };

  test("reduces the rate when more evaluations than its patience bring no fall, as torch does", () => {
    // torch.optim.lr_scheduler.ReduceLROnPlateau(factor=.3, patience=2) on the same losses.
    expect(rates([1, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.5])).toEqual([
      1, 1, 1, 1, 0.3, 0.3, 0.3, 0.09, 0.09,
    ]);
    expect(rates([5, 4, 3, 2, 1])).toEqual([1, 1, 1, 1, 1]);
  });

  test("takes less than a ten-thousandth for no fall, of negative losses too", () => {
    expect(rates([1, 0.99995, 0.9999, 0.99995])).toEqual([1, 1, 1, 0.3]);
    expect(rates([-1, -1.00005, -1.00008, -1.00009])).toEqual([1, 1, 1, 0.3]);
    expect(rates([-1, -1.01, -1.02, -1.03])).toEqual([1, 1, 1, 1]);
    expect(rates([0.1, -0.1, -0.3, -0.5])).toEqual([1, 1, 1, 1]);
  });

  test("counts evaluations since the best for early stopping, reductions or not", () => {
    let state = freshStall;
    for (const loss of [1, 2, 2, 2, 2]) state = afterEvaluation(state, loss, config);
    expect(state.sinceBest).toBe(4);
    expect(afterEvaluation(state, 0.5, config)).toMatchObject({ best: 0.5, sinceBest: 0 });
  });
});

test("the cosine schedule warms up linearly and ends near zero", () => {
  const config = tinyConfig({ learningRate: 2, steps: 100, schedule: { kind: "cosine", warmup: 0.1 } });
  const rate = (step: number) => learningRateAt(step, config, freshStall);
  expect([0, 4, 9].map(rate)).toEqual([0.2, 1, 2]);
  expect(rate(10)).toBe(2);
  expect(rate(55)).toBeCloseTo(1, 12);
  expect(rate(99)).toBeLessThan(0.001);
  const all = Array.from({ length: 90 }, (_, i) => rate(10 + i));
  expect(all).toEqual([...all].sort((a, b) => b - a));
  const sudden = tinyConfig({ learningRate: 2, steps: 4, schedule: { kind: "cosine", warmup: 0 } });
  expect(learningRateAt(0, sudden, freshStall)).toBe(2);
});

test("milestones are as many as asked for, evenly spaced, the last step among them", () => {
  const milestones = (count: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => i + 1).filter((step) => isMilestone(step, count, steps));
  expect(milestones(4, 12)).toEqual([3, 6, 9, 12]);
  expect(milestones(3, 10)).toEqual([4, 7, 10]);
  expect(milestones(1, 7)).toEqual([7]);
  expect(milestones(20, 5)).toEqual([1, 2, 3, 4, 5]);
});
