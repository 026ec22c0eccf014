import { testTrajectories } from "../helpers/trajectories.js";

testTrajectories("auto");
