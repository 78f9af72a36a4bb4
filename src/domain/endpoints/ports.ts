/** One request to a webhook, as it is sent. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For everything: the name, the connection and the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came of it. Never thrown: whatever happens out there is an outcome. */
export type WebhookOutcome =
  | {
      readonly is: "answered";
      readonly status: number;
      /** From the header `Retry-After`. */
      readonly retryAfterMs: number | undefined;
      /** Undefined when there was none, or too much of it. */
      readonly body: string | undefined;
    }
  | { readonly is: "failed"; readonly code: WebhookFailure; readonly reason: string };

export type WebhookFailure =
  | "timeout"
  | "unreachable"
  | "address_refused"
  | "stopped"
  | "homeserver_away"
  | "endpoint_down";

/** Sends to addresses that owners of agents have named: follows no redirect, reads little, calls no private network. */
export interface WebhookSender {
  send(request: WebhookRequest): Promise<WebhookOutcome>;
  close(): Promise<void>;
}
