/** A line to the stack that can be cut and mended: a browser's own offline mode leaves open streams alone. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { URL as STACK } from "./browser";

export interface Line {
  readonly url: string;
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

export async function openLine(): Promise<Line> {
  const { hostname, port } = new globalThis.URL(STACK);
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      whole = false;
      for (const socket of open) socket.destroy();
    },
    mend: () => {
      whole = true;
    },
    close: () =>
      new Promise((closed) => {
        for (const socket of open) socket.destroy();
        server.close(() => {
          closed();
        });
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
}
