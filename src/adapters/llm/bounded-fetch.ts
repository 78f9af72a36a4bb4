import { declareError } from "../../kernel/errors.ts";

/** What cannot be the stream of a model; the text is for the log. */
export const notAStream = declareError<{ why: string }>("model_no_stream", "unavailable", ({ why }) => why);

/**
 * `fetch` for streams of models: it follows no redirect, so the key reaches nobody else, takes nothing for an answer that
 * is no event stream, and stops reading at `limitBytes`, because nobody else looks how long a line of a stream is.
 */
export function boundedFetch(limitBytes: number): typeof fetch {
  return async (resource, init) => {
    const response = await fetch(resource, { ...init, redirect: "error" });
    const type = response.headers.get("content-type") ?? "none";
    if (response.ok && !type.startsWith("text/event-stream")) {
      await response.body?.cancel();
      throw notAStream({ why: `the answer is no event stream, its type is ${type.slice(0, 100)}` });
    }
    const { status, headers } = response;
    return new Response(response.body?.pipeThrough(stopAt(limitBytes)) ?? null, { status, headers });
  };
}

function stopAt(limitBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = limitBytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(notAStream({ why: `the answer has more than ${limitBytes} bytes` }));
      else controller.enqueue(chunk);
    },
  });
}
