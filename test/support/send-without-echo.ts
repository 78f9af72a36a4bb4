import { randomUUID } from "node:crypto";
import { type MatrixClient, Method } from "matrix-js-sdk";

/**
 * Sends a message past the client's local echo, and gives its event id. For messages in threads: when such a one comes back by
 * /sync before its own answer, matrix-js-sdk throws "called on an event which is not a local echo".
 */
export async function sendWithoutEcho(
  client: MatrixClient,
  roomId: string,
  content: object,
): Promise<string> {
  const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${randomUUID()}`;
  const { event_id } = await client.http.authedRequest<{ event_id: string }>(
    Method.Put,
    path,
    undefined,
    content,
  );
  return event_id;
}
