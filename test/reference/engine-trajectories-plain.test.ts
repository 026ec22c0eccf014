import { vi } from "vitest";
import { testTrajectories } from "../helpers/trajectories.js";

// Read when the kernels are first used, that is by the first test.
vi.stubEnv("WEIGHTBOOK_SIMD", "plain");
testTrajectories("plain");
