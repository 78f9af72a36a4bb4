import { createServer, type IncomingMessage } from "node:http";
import { botUserId, serverName } from "./generator.ts";

/** As much of a homeserver as a starting bridge asks for. It stores nothing and pushes nothing: the driver pushes. */
export interface FakeHomeserver {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it on a free loopback port. Whatever it does not know, it answers with 200 and `{}`. */
export async function startHomeserver(): Promise<FakeHomeserver> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answerTo(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

/** What any homeserver would say, without knowing anything. */
export function answerTo(request: IncomingMessage): unknown {
  const url = new URL(request.url ?? "/", "http://homeserver");
  const path = url.pathname;
  const asked = url.searchParams.get("user_id") ?? botUserId;
  if (path === "/_matrix/client/versions") return { versions: ["v1.11", "v1.12"], unstable_features: {} };
  if (path.endsWith("/account/whoami")) return { user_id: asked, is_guest: false };
  if (path.endsWith("/register")) return { user_id: asked, home_server: serverName };
  if (path.endsWith("/ping")) return { duration_ms: 1 };
  if (path.endsWith("/state")) return [];
  if (path.endsWith("/messages")) return { chunk: [], start: "t0" };
  return {};
}
