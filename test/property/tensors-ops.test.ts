import { engines } from "../helpers/tensor-engines.js";
import { testOps } from "../helpers/tensor-op-properties.js";

testOps(engines);
