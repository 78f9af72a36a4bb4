import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { type ClaimedSend, uploadKey } from "../../domain/messaging/index.ts";
import { stringAt } from "../../kernel/json.ts";
import { uploadOnce } from "../media/index.ts";
import type { EgressDeps } from "./deps.ts";

/**
 * The message with the address of its file, when it is a text that is sent as one: then the text is uploaded first. Done
 * again, it is found by its bytes. Throws `homeserver_refused` and `homeserver_away`.
 */
export async function withUpload(deps: EgressDeps, send: ClaimedSend): Promise<ClaimedSend> {
  const { [uploadKey]: upload, ...content } = send.content;
  const text = stringAt(upload, "text");
  if (text === undefined) return send;
  const bytes = Buffer.from(text);
  const { mxc } = await uploadOnce(deps, {
    open: () => Readable.from([bytes]),
    bytes: bytes.length,
    asUser: send.senderMatrixId,
    sha256: createHash("sha256").update(bytes).digest(),
    contentType: stringAt(content["info"], "mimetype") ?? "text/plain",
  });
  return { ...send, content: { ...content, url: mxc } };
}
