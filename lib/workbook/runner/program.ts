import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { ConnectionInfo } from "../../kernel/protocol/wire.js";

const launcher = fileURLToPath(new URL("../../kernel/launch.js", import.meta.url));

/** A program that serves the Jupyter protocol as a connection file says. */
export interface Program {
  readonly command: string;
  readonly args: (connectionFile: string) => readonly string[];
}

/** The kernel of this project. */
export const ownProgram: Program = {
  command: process.execPath,
  args: (connectionFile) => [launcher, "--connection-file", connectionFile],
};

/** A connection on ports that nobody uses, with a key of its own. */
export async function freeConnection(): Promise<ConnectionInfo> {
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
    kernel_name: "weightbook",
  };
}

/** Ports of this machine that nobody listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
