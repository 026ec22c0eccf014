import type { NetworkSpec, WeightLayout } from "../../networks/types.js";
import type { HyperConfig } from "./config.js";
import { type ParameterValues, parameterShapes } from "./parameter-shapes.js";
import type { LayerScale } from "./scale.js";
import { type TokenPlan, tokenPlan } from "./tokens.js";

/** What a training watched, at one evaluation. */
export interface CurvePoint {
  /** Optimiser steps so far. */
  readonly step: number;
  /** Times each training sample was seen so far, in two views. */
  readonly epoch: number;
  /** Seconds of training so far, evaluations left out. */
  readonly seconds: number;
  readonly learningRate: number;
  /** Mean loss of the steps since the last point. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** R2 of the permuted validation rows' reconstruction; null for Ec, which has none, and for rows that are all equal. */
  readonly validationR2: number | null;
}

/** What a hyper-representation is, but for its parameters' values. */
export interface HyperSetup {
  readonly config: HyperConfig;
  readonly seed: number;
  readonly layout: WeightLayout;
  readonly network?: NetworkSpec;
}

/** A trained hyper-representation. */
export interface HyperModel extends HyperSetup {
  readonly values: ParameterValues;
  readonly scale: LayerScale | null;
  readonly curve: readonly CurvePoint[];
  /** Steps after which the parameters were taken. */
  readonly step: number;
  /** What it was trained on: "wasm, OpenBLAS"; equal seeds give equal bits on equal engines. */
  readonly engine: string;
}

/** Tokens and parameters' shapes of a model. */
export function modelPlan({ config, layout }: HyperSetup): {
  readonly plan: TokenPlan;
  readonly shapes: ReturnType<typeof parameterShapes>;
} {
  const plan = tokenPlan(layout, config);
  return { plan, shapes: parameterShapes(config, plan) };
}
