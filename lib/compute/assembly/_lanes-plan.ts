// Fields of the plan, the record that says what four models are and how they are trained (lib/zoo/engine/plan.ts).
@inline export const SAMPLES = 0;
@inline export const LAYERS = 1;
@inline export const LAYER_COUNT = 2;
@inline export const FIRST_TRAINABLE = 3;
@inline export const INPUT = 4;
@inline export const INPUT_ROWS = 5;
@inline export const INPUT_COLS = 6;
@inline export const INPUT_ROW = 7;
@inline export const INPUT_CHANNELS = 8;
@inline export const IMAGE_ROW = 9;
@inline export const IMAGE_PLANE = 10;
@inline export const OUTPUTS = 11;
@inline export const OUTPUT = 12;
@inline export const OUTPUT_GRADIENT = 13;
@inline export const WEIGHTS = 14;
@inline export const TO_FIRST = 15;
@inline export const TO_GRADIENTS = 16;
@inline export const TRANSPOSED = 17;
@inline export const TRANSPOSED_MAP = 18;
@inline export const TRANSPOSED_COUNT = 19;
@inline export const TO_SECOND = 20;
@inline export const TRAINABLE_BYTES = 21;
@inline export const OPTIMIZER = 22;
@inline export const LOSS = 23;
/** Labels of a group's samples: four i32 a sample. */
@inline export const LABELS = 24;
/** Bytes from one group's buffers to the next's. */
@inline export const ARENA = 25;
@inline export const NORMALISED = 26;
/** Room for one augmented image of each model. */
@inline export const SCRATCH = 27;
/** Pixel that comes in where an augmented image is shifted. */
@inline export const EMPTY = 28;
