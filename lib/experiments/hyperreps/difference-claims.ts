import type { Inequality } from "../../analysis/verdict.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { type SeedScores, seedDifference } from "./scores.js";

/** A claim that one side scores higher than another. */
export interface DifferenceClaim {
  /** E.g. "ED: permutation minus none, reconstruction R2". */
  readonly claim: string;
  readonly source: string;
  readonly higher: SeedScores;
  readonly lower: SeedScores;
  /** The paper's difference in percentage points. */
  readonly published?: number;
  readonly setting: string;
  readonly tooSmall?: string | undefined;
  /** "> 0" by default. */
  readonly inequality?: Inequality;
}

/** The claim's line of the scoreboard: a difference in percentage points, models and seeds resampled. */
export function differenceClaim(claim: DifferenceClaim, rng: RandomStream): ScoreRow {
  const { tooSmall, published } = claim;
  return claimRow({
    claim: tooSmall ? `${claim.claim}; ${tooSmall}` : claim.claim,
    source: claim.source,
    interval: seedDifference(claim.higher, claim.lower, rng.split(claim.claim)),
    inequality: claim.inequality ?? { relation: ">", bound: 0 },
    setting: claim.setting,
    ...(published === undefined ? {} : { published: Number(published.toFixed(2)) }),
    ...(tooSmall ? { verdict: "undecided" as const } : {}),
  });
}
