import type { Readable } from "node:stream";
import type { Database } from "../db/index.ts";
import type { ReadQuestion, RunPolicy } from "../domain/agents/index.ts";
import type { LiveSource } from "../kernel/live.ts";
import type { Log } from "../kernel/log.ts";
import type { Metrics } from "./metrics.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { StreamLimits } from "./stream/streams.ts";

/** A part of being ready that only the process can check. */
export interface Probe {
  /** `migrations`, `homeserver`, … as `/ready` names it. */
  readonly name: string;
  /** Undefined when all is well, else what is wrong, without secrets. A rejection counts as wrong. */
  check(): Promise<string | undefined>;
}

/** Where files come from. What `open` throws is declared; whoever stops reading aborts the signal. */
export interface MediaSource {
  open(wanted: {
    readonly mxc: string;
    readonly thumbnail:
      | { readonly width: number; readonly height: number; readonly method: "scale" | "crop" }
      | undefined;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly body: Readable;
    /** By the first bytes, not by what anybody says. */
    readonly type: string;
    /** Whether a browser may show it in place. */
    readonly inline: boolean;
    /** Bytes, if that is known beforehand. */
    readonly length: number | undefined;
  }>;
}

/** Where files go. What `upload` throws is declared. */
export interface MediaSink {
  upload(wanted: {
    readonly body: AsyncIterable<Uint8Array>;
    readonly contentType: string | undefined;
    readonly length: number | undefined;
    /** The Matrix user whose file it is, if there is one yet. */
    readonly asUser?: string | undefined;
  }): Promise<{
    readonly mxc: string;
    readonly contentType: string;
    readonly bytes: number;
    readonly width: number | null;
    readonly height: number | null;
  }>;
}

export interface ApiDeps {
  readonly database: Database;
  /** SECRETS_KEK: 32 bytes. */
  readonly secretsKey: Uint8Array;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What `/ready` asks besides the database and the age of the oldest undelivered message. */
  readonly probes: readonly Probe[];
  readonly media: {
    readonly source: MediaSource;
    /** Absent: no files are taken. */
    readonly sink?: MediaSink;
    /** How long links to files are good, at least. */
    readonly linkMs: number;
  };
  /** The Matrix user of an agent with a code. Throws `agent_code_unusable`. Absent: nobody looks whether it is free. */
  readonly ghostIdOf?: (code: string) => string;
  /** Tells delivery that a message was committed. */
  wakeEgress(): void;
  /**
   * Drops the raw events of a person that could not be processed, or counts them. Absent: there are none that this process
   * knows of.
   */
  readonly dropLetters?: (matrixId: string, how: { readonly onlyCount: boolean }) => Promise<number>;
  /** Passes a typing notice on, without waiting for it; 0 milliseconds end it. Absent: nobody is shown any. */
  readonly showTyping?: (typing: {
    readonly roomId: string;
    readonly userId: string;
    readonly timeoutMs: number;
  }) => void;
  /** Reads what runs are asked, for the programs that answer. Absent: programs are given no runs. */
  readonly readQuestion?: ReadQuestion;
  /** What keeps agents from going on for ever. Absent: the default. */
  readonly runPolicy?: RunPolicy;
  /** Whether webhooks may be at addresses of private networks. Absent: they may not. */
  readonly webhooks?: { readonly allowPrivate: boolean };
  /** Requests with one key. */
  readonly rateLimit?: RateLimit;
  /** Access keys that are none, from one address. */
  readonly failureLimit?: RateLimit;
  /** What holds for a moment: who types, who has read what. */
  readonly live?: LiveSource;
  readonly streamLimits?: Partial<StreamLimits>;
}
