/** A refusal of the bridge (RFC 9457). `code` is for programs and does not change. */
export class BridgeError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "BridgeError";
    this.status = status;
    this.code = code;
  }
}

/** `lease_lost`: somebody else has the run, or it has ended. `stopped`: this program is stopping. */
export type LostReason = "lease_lost" | "stopped";

/** Why `run.signal` is aborted. Nothing that is done for the run counts any more. */
export class RunLost extends Error {
  readonly reason: LostReason;

  constructor(reason: LostReason) {
    super(reason === "stopped" ? "This program is stopping." : "The run is not held any more.");
    this.name = "RunLost";
    this.reason = reason;
  }
}

/** Throw it in a handler to say in the room what went wrong, or to have the run tried again. */
export class RunFailure extends Error {
  readonly code: string;
  readonly retry: boolean;

  /** `sentence` is for the person who asked. */
  constructor(sentence: string, { code = "program_failed", retry = false } = {}) {
    super(sentence);
    this.name = "RunFailure";
    this.code = code;
    this.retry = retry;
  }
}

/** A webhook that does not come from the bridge, or came before. */
export class WebhookRefused extends Error {
  readonly code: "malformed" | "too_old" | "too_new" | "forged" | "replayed";

  constructor(code: WebhookRefused["code"], message: string) {
    super(message);
    this.name = "WebhookRefused";
    this.code = code;
  }
}
