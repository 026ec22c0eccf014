// The process that runs the cells. A signal that arrives while the compiler is loaded must not end it, so that comes
// second.
process.on("SIGINT", () => undefined);
import("./serve.js").catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
