import { printsLastValue } from "./last-value.js";
import { CellPositions } from "./positions.js";
import { LonghandSource } from "./shorthand.js";
import { createConverter, type createExecutor } from "./tslab.js";

type Converters = Parameters<typeof createExecutor>[1];

/** From a cell's TypeScript to JavaScript: tslab's converter, with what it overlooks mended. */
export class Conversion {
  readonly positions = new CellPositions();
  private readonly converter = createConverter();

  /**
   * @param cellNumber number of the cell that is converted next; its JavaScript is named after it
   * @param beforeRun called when a cell is compiled and its code is about to run; may throw
   */
  constructor(
    private readonly cellNumber: () => number,
    private readonly beforeRun: () => void = () => undefined,
  ) {}

  /** What tslab's executor converts cells with. */
  converters(): Converters {
    const convert: typeof this.converter.convert = (declarations, source) => {
      const longhand = new LonghandSource(source);
      const result = this.converter.convert(declarations, longhand.text);
      for (const { start, fileName } of result.diagnostics) {
        if (!fileName) start.character = longhand.originalColumn(start.line, start.character);
      }
      if (!result.output) return result;
      const output = this.positions.record(this.cellNumber(), longhand.text, result.output);
      this.beforeRun();
      const lastExpressionVar = printsLastValue(source) ? result.lastExpressionVar : undefined;
      return { ...result, output, lastExpressionVar };
    };
    const node = { ...this.converter, convert };
    return { node, browser: node, close: () => this.converter.close() };
  }
}
