import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rooms in the order of the data's flow: a room imports itself and rooms before it. */
const flow = [
  "core", "compute", "datasets", "networks", "zoo", "representations", "analysis", "experiments", "figures",
  "notebook", "workbook",
]; // biome-ignore format: one line reads as the rule it is
/** Rooms that stand beside the flow, with what they may import. */
const beside: Record<string, string[]> = {
  kernel: ["core", "compute"],
  atlas: ["core", "compute", "figures"],
};

function allowedRooms(room: string): string[] {
  if (beside[room]) return [room, ...beside[room]];
  const own = flow.slice(0, flow.indexOf(room) + 1);
  // The command line starts the kernel and the atlas; networks do not need data sets, nor data sets networks.
  if (room === "workbook") return [...own, "kernel", "atlas"];
  return room === "networks" ? own.filter((name) => name !== "datasets") : own;
}

async function moduleGraph() {
  const result = await cruise(["lib"], {
    baseDir: root,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^lib/compute/assembly" },
    tsPreCompilationDeps: true,
    ruleSet: { forbidden: [{ name: "cycle", severity: "error", from: {}, to: { circular: true } }] },
  });
  return (result.output as ICruiseResult).modules.filter((module) => module.source.startsWith("lib/"));
}

describe("imports run downwards", async () => {
  const modules = await moduleGraph();
  const edges = modules.flatMap((module) =>
    module.dependencies.map((to) => ({ from: module.source, to: to.resolved, circular: to.circular })),
  );

  test("the graph was read: type-only imports included", () => {
    expect(
      edges.filter(({ from, to }) => from === "lib/zoo/types.ts" && to === "lib/networks/types.ts"),
    ).toHaveLength(1);
  });

  test("every folder of lib is a room of the design", () => {
    const rooms = readdirSync(join(root, "lib"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(rooms.filter((room) => !flow.includes(room) && !beside[room])).toEqual([]);
  });

  test("no room imports a room above it", () => {
    const wrong = edges.filter(({ from, to }) => {
      const [fromRoom, toRoom] = [from.split("/")[1], to.split("/")[1]];
      if (fromRoom.endsWith(".ts") || !to.startsWith("lib/")) return false;
      return !allowedRooms(fromRoom).includes(toRoom);
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("the descriptor of a page asks for nothing of Node", () => {
    const reached = new Set(["lib/core/numeric/windowed-histogram.ts"]);
    for (const file of reached) for (const { from, to } of edges) if (from === file) reached.add(to);
    expect([...reached].sort()).toEqual([
      "lib/core/errors.ts",
      "lib/core/numeric/histogram-edges.ts",
      "lib/core/numeric/histogram-settings.ts",
      "lib/core/numeric/windowed-histogram.ts",
    ]);
  });

  test("no cycles", () => {
    expect(edges.filter(({ circular }) => circular).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("only figures, the site and the kernel know plotly", () => {
    const users = edges.filter(({ to }) => to.includes("plotly")).map(({ from }) => from.split("/")[1]);
    expect(users.filter((room) => !["figures", "workbook"].includes(room))).toEqual([]);
  });
});
