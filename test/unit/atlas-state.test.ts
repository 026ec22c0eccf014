import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packAtlas, unpackAtlas } from "#lib/atlas/data/pack.js";
import { axisOf, brushed, intervalOf, moveInterval } from "#lib/atlas/state/axis.js";
import { coloringOf, normalizeWithin } from "#lib/atlas/state/coloring.js";
import { membersCsv } from "#lib/atlas/state/export.js";
import { boxPolygon, insidePolygon, nearestPoint, nextPoint } from "#lib/atlas/state/geometry.js";
import { amend, record, redo, startHistory, undo } from "#lib/atlas/state/history.js";
import { decodeMembers, encodeMembers, linkOf, stateOf } from "#lib/atlas/state/link.js";
import { combine, maskOf, membersOf, toMembers } from "#lib/atlas/state/members.js";
import { ordered, parseSearch } from "#lib/atlas/state/search.js";
import { freshName, initialState, moveAxis } from "#lib/atlas/state/state.js";
import { madeAtlas } from "#lib/workbook/bench/made-atlas.js";

const data = unpackAtlas(packAtlas(madeAtlas(200, 8)));
const members = fc.uniqueArray(fc.integer({ min: 0, max: 199 })).map(toMembers);
const sorted = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);

describe("selections", () => {
  test("are combined as sets are", () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const [inA, inB] = [new Set(a), new Set(b)];
        expect([...combine(a, b, "replace")]).toEqual([...b]);
        expect([...combine(a, b, "add")]).toEqual(sorted([...a, ...b]));
        expect([...combine(a, b, "remove")]).toEqual([...a].filter((model) => !inB.has(model)));
        const either = [...a]
          .filter((model) => !inB.has(model))
          .concat([...b].filter((model) => !inA.has(model)));
        expect([...combine(a, b, "toggle")]).toEqual(sorted(either));
        expect(membersOf(maskOf(a, 200))).toEqual(a);
      }),
    );
  });

  test("survive the address, whatever is in them, in at most a bit a model", () => {
    fc.assert(
      fc.property(members, (given) => {
        const text = encodeMembers(given, 200);
        expect(decodeMembers(text, 200)).toEqual(given);
        expect(text.length).toBeLessThanOrEqual(1 + Math.ceil((Math.ceil(200 / 8) * 4) / 3));
      }),
    );
    const far = toMembers([0, 127, 128, 300, 70_000, 99_999]);
    expect(decodeMembers(encodeMembers(far, 100_000), 100_000)).toEqual(far);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = decodeMembers(text, 50);
        expect([...found]).toEqual(sorted(found).filter((model) => model >= 0 && model < 50));
      }),
    );
  });
});

test("a link brings back every state", () => {
  const names = data.columns.map(({ name }) => name);
  const position = fc.integer({ min: 0, max: 100_000 }).map((value) => value / 100_000);
  const interval = fc.tuple(position, position).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const state = fc.record({
    embedding: fc.constantFrom("UMAP", "UMAP turned"),
    color: fc.constantFrom(...names),
    isNormalized: fc.boolean(),
    camera: fc.option(
      fc
        .record({ x: fc.integer(), y: fc.integer(), scale: fc.integer({ min: 1, max: 1e5 }) })
        .map((camera) => ({
          x: camera.x % 1000,
          y: camera.y % 1000,
          scale: camera.scale,
        })),
      { nil: undefined },
    ),
    axes: fc.uniqueArray(fc.constantFrom(...names)),
    brushes: fc.dictionary(fc.constantFrom(...names), interval),
    picked: members,
    saved: fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), members }), {
      selector: ({ name }) => name,
    }),
    focus: fc.option(fc.integer({ min: 0, max: 199 }), { nil: undefined }),
    compared: fc.constantFrom(["selection", "all"] as const, ["all", "selection"] as const),
  });
  fc.assert(
    fc.property(state, (given) => {
      const link = linkOf(given, data);
      const back = stateOf(`#${link}`, data);
      expect({ ...back, brushes: { ...back.brushes } }).toEqual({ ...given, brushes: { ...given.brushes } });
      expect(linkOf(back, data)).toBe(link);
    }),
  );
  expect(linkOf(initialState(data), data)).toBe("");
});

test("any text in the address gives a state that can be shown", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (key, value) => {
      const link = `${key}&picked=${value}&saved=${value}&brush=${value}&axes=${value}&model=${value}`;
      const state = stateOf(link, data);
      expect(state.axes.every((name) => data.columns.some((column) => column.name === name))).toBe(true);
      expect(state.picked.every((model) => model < data.models)).toBe(true);
    }),
  );
});

test("undo goes back step by step, redo forward, and a new step forgets what was undone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 30 }), fc.nat(30), (steps, back) => {
      let history = startHistory(-1);
      for (const step of steps) history = record(history, step);
      const all = [-1, ...steps];
      for (let i = 0; i < back; i++) history = undo(history);
      expect(history.present).toBe(all[Math.max(0, steps.length - back)]);
      const amended = undo(redo(amend(history, 7)));
      if (back > 0 && steps.length > 0) expect(amended.present).toBe(7);
      for (let i = 0; i < back; i++) history = redo(history);
      expect(history.present).toBe(all[steps.length]);
      expect(redo(record(undo(history), 99)).present).toBe(99);
    }),
  );
});

describe("axes", () => {
  const axis = (name: string) => axisOf(data.columns.find((column) => column.name === name)!);

  test("put levels and few numbers in bands, many numbers on a line or its logarithm", () => {
    expect(["init", "batch_size", "test_accuracy", "learning_rate"].map((name) => axis(name).scale)).toEqual([
      "levels",
      "levels",
      "linear",
      "log",
    ]);
    expect(axis("batch_size").ticks.map(({ text }) => text)).toEqual(["32", "64", "128", "256"]);
    const { positions } = axis("learning_rate");
    expect(Math.min(...positions)).toBe(0);
    expect(Math.max(...positions)).toBe(1);
  });

  test("do without numbers that are not known", () => {
    const values = Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? Number.NaN : i));
    const it = axisOf({ kind: "number", name: "n", values });
    expect(it.positions[3]).toBeNaN();
    expect(brushed(undefined, 20, [{ axis: it, interval: [0, 1] }])).toHaveLength(19);
    const none = axisOf({ kind: "number", name: "n", values: new Float64Array(5).fill(Number.NaN) });
    expect(none.ticks).toEqual([]);
  });

  test("brushes hold the very models within all of them, and within what was picked", () => {
    const init = axis("init");
    const accuracy = axis("test_accuracy");
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        members,
        (a, b, picked) => {
          const brushes = [
            { axis: init, interval: intervalOf(init, a, b) },
            { axis: accuracy, interval: intervalOf(accuracy, a, b) },
          ];
          const within = (model: number) =>
            brushes.every(
              ({ axis: { positions }, interval: [low, high] }) =>
                positions[model] >= low && positions[model] <= high,
            );
          const all = Array.from({ length: 200 }, (_, model) => model);
          expect([...brushed(undefined, 200, brushes)]).toEqual(all.filter(within));
          expect([...brushed(picked, 200, brushes)]).toEqual([...picked].filter(within));
        },
      ),
    );
  });

  test("a brush on levels covers whole bands, and keys move it by a band and keep it on the axis", () => {
    const init = axis("init");
    expect(intervalOf(init, 0.3, 0.26)).toEqual([0.25, 0.5]);
    expect(intervalOf(init, 0.1, 0.6)).toEqual([0, 0.75]);
    expect(intervalOf(init, -3, 7)).toEqual([0, 1]);
    expect(moveInterval(init, [0.25, 0.5], 1, false)).toEqual([0.5, 0.75]);
    expect(moveInterval(init, [0.75, 1], 1, false)).toEqual([0.75, 1]);
    expect(moveInterval(init, [0.25, 0.5], 1, true)).toEqual([0.25, 0.75]);
    expect(moveInterval(init, [0.25, 0.5], -1, true)).toEqual([0.25, 0.5]);
  });

  test("are moved past each other and stay at the ends", () => {
    expect(moveAxis(["a", "b", "c"], "a", 2)).toEqual(["b", "c", "a"]);
    expect(moveAxis(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
    expect(moveAxis(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  });
});

test("accuracies are normalised within each data set by least and greatest", () => {
  const values = Float64Array.of(0.1, 0.5, 0.9, 0.2, 0.4, Number.NaN, 0.7);
  const within = normalizeWithin(values, Uint8Array.of(0, 0, 0, 1, 1, 1, 2), 3);
  expect(Array.from(within, (value) => Number(value.toFixed(6)))).toEqual([
    0,
    0.5,
    1,
    0,
    1,
    Number.NaN,
    Number.NaN,
  ]);
  const coloring = coloringOf(data, "test_accuracy", true);
  expect(coloring).toMatchObject({ kind: "number", within: "dataset", low: 0, high: 1 });
  expect(coloringOf(data, "test_accuracy", false)).not.toHaveProperty("within");
  expect(coloringOf(data, "init", true)).toMatchObject({ kind: "level" });
  expect(coloringOf(data, "nothing", true)).toBeUndefined();
});

describe("the plane", () => {
  const { points } = data.embeddings[0];

  test("a box holds the models between its corners", () => {
    const place = fc.double({ min: -12, max: 12, noNaN: true });
    fc.assert(
      fc.property(place, place, place, place, (x0, y0, x1, y1) => {
        const inside = insidePolygon(points, boxPolygon(x0, y0, x1, y1));
        const [left, right, low, high] = [
          Math.min(x0, x1),
          Math.max(x0, x1),
          Math.min(y0, y1),
          Math.max(y0, y1),
        ];
        const wanted = Array.from({ length: 200 }, (_, model) => model).filter(
          (model) =>
            points[2 * model] > left &&
            points[2 * model] < right &&
            points[2 * model + 1] > low &&
            points[2 * model + 1] < high,
        );
        expect([...inside]).toEqual(wanted);
      }),
    );
  });

  test("a lasso that crosses itself holds what is inside an odd number of times", () => {
    const star = [0, 10, 6, -8, -10, 3, 10, 3, -6, -8];
    expect([...insidePolygon(Float32Array.of(0, 0, 0, 8, 20, 20), star)]).toEqual([1]);
  });

  test("finds the nearest model within reach, and the next one in a direction", () => {
    const four = Float32Array.of(0, 0, 1, 0, 3, 0.5, 0, 2);
    expect(nearestPoint(four, 0.9, 0.1, 0.5)).toBe(1);
    expect(nearestPoint(four, 10, 10, 0.5)).toBeUndefined();
    expect(nextPoint(four, 0, [1, 0])).toBe(1);
    expect(nextPoint(four, 1, [1, 0])).toBe(2);
    expect(nextPoint(four, 0, [0, 1])).toBe(3);
    expect(nextPoint(four, 0, [-1, 0])).toBeUndefined();
  });
});

describe("search and order", () => {
  const found = (text: string) => {
    const search = parseSearch(data, text);
    if ("problem" in search) throw new Error(search.problem);
    return Array.from({ length: 200 }, (_, model) => model).filter(search.matches);
  };

  test("words and conditions must all hold", () => {
    const init = data.columns.find(({ name }) => name === "init");
    const count =
      init?.kind === "level" ? [...init.codes].filter((code) => init.levels[code] === "normal").length : 0;
    expect(found("init=normal")).toHaveLength(count);
    expect(found("init!=normal")).toHaveLength(200 - count);
    expect(found("NORMAL").length).toBeGreaterThan(count);
    expect(found('"model 17"')).toEqual([17, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179]);
    expect(found("batch_size>=128 batch_size<256").length).toBe(found("batch_size=128").length);
    expect(found("")).toHaveLength(200);
    expect(parseSearch(data, "none>1")).toEqual({ problem: 'there is no column "none"' });
    expect(parseSearch(data, "init>3")).toHaveProperty("problem");
  });

  test("tables are sorted by numbers, levels or names, what is not known last", () => {
    const values = Float64Array.of(3, Number.NaN, 1, 2);
    const four = {
      ...data,
      models: 4,
      names: ["m 10", "m 9", "m 1", "m 2"],
      columns: [{ kind: "number" as const, name: "n", values }],
    };
    const all = Int32Array.of(0, 1, 2, 3);
    expect([...ordered(four, all, { column: "n", isDescending: false })]).toEqual([2, 3, 0, 1]);
    expect([...ordered(four, all, { column: "n", isDescending: true })]).toEqual([0, 3, 2, 1]);
    expect([...ordered(four, all, { column: undefined, isDescending: false })]).toEqual([2, 3, 1, 0]);
  });
});

test("CSV quotes what needs it and leaves out what is not known", () => {
  const odd = {
    ...data,
    models: 2,
    names: ['the "best"', "a,b"],
    columns: [{ kind: "number" as const, name: "n", values: Float64Array.of(1 / 3, Number.NaN) }],
    embeddings: [{ name: "P", points: Float32Array.of(1, 2, 3, 4) }],
  };
  expect(membersCsv(odd, Int32Array.of(0, 1), "P")).toBe(
    `name,P x,P y,n\r\n"the ""best""",1,2,${1 / 3}\r\n"a,b",3,4,\r\n`,
  );
});

test("selections are called by the first letter that is free", () => {
  const named = (names: string) => [...names].map((name) => ({ name, members: new Int32Array(0) }));
  expect(freshName([])).toBe("A");
  expect(freshName(named("ABD"))).toBe("C");
  expect(freshName(named("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))).toBe("A2");
});
