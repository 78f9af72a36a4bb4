import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FileServer {
  readonly url: string;
  /** What was asked, in order. */
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[];
  /** How the next requests are answered. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  stop(): Promise<void>;
}

/** A homeserver that knows nothing but files, or whatever a redirect leads to. */
export async function startFileServer(): Promise<FileServer> {
  const server = createServer((request, response) => {
    made.asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
    made.answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const made: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: (_request, response) => response.writeHead(404).end(),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return made;
}
