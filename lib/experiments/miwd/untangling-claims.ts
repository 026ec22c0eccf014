import { bootstrapInterval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { descriptorKinds, type Represented } from "./represented.js";
import type { MiwdSetting } from "./setting.js";
import type { UntanglingTask } from "./untangling-task.js";

export interface UntanglingClaimsOptions {
  readonly setting: Pick<MiwdSetting, "tooSmall">;
  /** What the claims were measured on. */
  readonly text: string;
  readonly rng: RandomStream;
}

/**
 * Fig. 3 as inequalities: the accuracy of each descriptor at the largest size minus that of the best baseline, task by
 * task. Models are resampled, the same for all representations; which baseline is best is asked anew in each resample,
 * so the interval is, if anything, to the baselines' favour.
 */
export function untanglingClaims(
  tasks: readonly UntanglingTask[],
  representations: readonly Represented[],
  { setting, text, rng }: UntanglingClaimsOptions,
): ScoreRow[] {
  const { tooSmall } = setting;
  const largest = Math.max(...representations.map(({ size }) => size));
  const places = representations.flatMap(({ size }, r) => (size === largest ? [r] : []));
  const isDescriptor = (r: number) => descriptorKinds.includes(representations[r].kind);
  const baselines = places.filter((r) => !isDescriptor(r));
  return places.filter(isDescriptor).flatMap((own) =>
    tasks.map(({ name, hits, labels }) => {
      const share = (r: number, sample: readonly number[]) =>
        (100 * sample.filter((row) => hits[r][row]).length) / sample.length;
      const lead = (sample: readonly number[]) =>
        share(own, sample) - Math.max(...baselines.map((r) => share(r, sample)));
      const claim = `${name}: ${representations[own].name} minus the best baseline, accuracy in percentage points`;
      return claimRow({
        claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
        source: "Figure 3 (2024)",
        interval: bootstrapInterval([...labels.keys()], lead, { rng: rng.split(claim) }),
        inequality: { relation: ">", bound: 0 },
        setting: text,
        ...(tooSmall ? { verdict: "undecided" as const } : {}),
      });
    }),
  );
}
