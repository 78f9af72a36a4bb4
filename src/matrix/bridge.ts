import { EventEmitter } from "node:events";
import { Writable } from "node:stream";
import {
  type AppService,
  AppServiceRegistration,
  Bridge,
  Logger,
  MatrixUser,
} from "matrix-appservice-bridge";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { AppserviceQueries } from "./ingest/index.ts";
import type { Registration } from "./registration/index.ts";

export interface BridgeOptions {
  readonly homeserverUrl: string;
  readonly serverName: string;
  readonly registration: Pick<
    Registration,
    "id" | "url" | "asToken" | "hsToken" | "senderLocalpart" | "rateLimited" | "namespaces"
  >;
  /** Whether a user of our namespace is wanted; true means that it exists now. */
  readonly isUserWanted: (userId: string) => Promise<boolean>;
  /** The room that an alias of our namespace points to. */
  readonly roomOfAlias: (alias: string) => Promise<string | undefined>;
  readonly log: Log;
}

export interface RunningBridge {
  /** What the listener asks for the homeserver. Users and aliases outside of our namespaces are refused unasked. */
  readonly queries: AppserviceQueries;
  /** Whether a user is ours by the registration's exclusive namespaces. */
  readonly isOwnUser: (userId: string) => boolean;
  close(): Promise<void>;
}

/**
 * Runs matrix-appservice-bridge with a listener of our own in place of its HTTP server. What we use of it: matching ids
 * against the registration, and its way of answering the homeserver's questions about users and aliases. Its event path,
 * queues, stores, intents and media proxy are off, for they lose events, double messages or forget ghosts.
 */
export async function runBridge(options: BridgeOptions): Promise<RunningBridge> {
  routeLogs(options.log);
  // Our ids are in the specification's grammar already; the library would write them anew.
  MatrixUser.ESCAPE_DEFAULT = false;
  const registration = registrationOf(options);
  const answers = new Map<string, boolean>();
  const bridge = new Bridge({
    homeserverUrl: options.homeserverUrl,
    domain: options.serverName,
    registration,
    disableStores: true,
    disableContext: true,
    suppressEcho: false,
    // The key itself has to be there, or edits are looked up and dropped.
    ...({ eventValidation: undefined } as object),
    queue: { type: "none" },
    logRequestOutcome: false,
    escapeUserIds: false,
    intentOptions: { bot: passive, clients: passive },
    controller: {
      onEvent: (request) => request.resolve(undefined),
      async onUserQuery(user) {
        answers.set(user.getId(), await options.isUserWanted(user.getId()));
        // It would register the user and write its profile by itself; both are done when the user is wanted.
        return null;
      },
      async onAliasQuery(alias) {
        const roomId = await options.roomOfAlias(alias);
        answers.set(alias, roomId !== undefined);
        return roomId === undefined ? null : { roomId };
      },
    },
  });
  const listener = new BorrowedListener();
  await bridge.run(0, listener as unknown as AppService);
  return {
    queries: openQueries(options, registration, listener, answers),
    isOwnUser: (userId) => registration.isUserMatch(userId, true),
    close: () => bridge.close(),
  };
}

/** Whatever the library does with a user of ours, it neither joins rooms nor changes power levels nor shows presence. */
const passive = { dontCheckPowerLevel: true, dontJoin: true, enablePresence: false };

/** Stands where the library expects its HTTP server. The requests come to our own listener, which asks the callbacks. */
class BorrowedListener extends EventEmitter {
  onUserQuery: (userId: string) => unknown = () => undefined;
  onAliasQuery: (alias: string) => unknown = () => undefined;
  listen(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.removeAllListeners();
    return Promise.resolve();
  }
}

function openQueries(
  { log }: BridgeOptions,
  registration: AppServiceRegistration,
  listener: BorrowedListener,
  answers: Map<string, boolean>,
): AppserviceQueries {
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (id: string, callback: (id: string) => unknown): Promise<boolean> => {
    try {
      await callback(id);
      return answers.get(id) ?? false;
    } catch (error) {
      // The library throws where the answer is no.
      if (answers.get(id) === false) return false;
      if (error instanceof AppError && error.kind === "unavailable") throw error;
      log.warn({ id, reason: messageOf(error) }, "a question of the homeserver was answered with no");
      return false;
    } finally {
      answers.delete(id);
      asked.delete(id);
    }
  };
  /** The homeserver may ask the same thing many times at once. */
  const once = (id: string, callback: (id: string) => unknown): Promise<boolean> => {
    const answer = asked.get(id) ?? ask(id, callback);
    asked.set(id, answer);
    return answer;
  };
  return {
    user: async (id) =>
      registration.isUserMatch(id, true) && once(id, (userId) => listener.onUserQuery(userId)),
    alias: async (id) =>
      registration.isAliasMatch(id, true) && once(id, (alias) => listener.onAliasQuery(alias)),
  };
}

/** The library's own view: it knows fewer keys than the homeserver, so it never sees the file. */
function registrationOf({ registration }: BridgeOptions): AppServiceRegistration {
  const { users, aliases, rooms } = registration.namespaces;
  return AppServiceRegistration.fromObject({
    id: registration.id,
    url: registration.url,
    as_token: registration.asToken,
    hs_token: registration.hsToken,
    sender_localpart: registration.senderLocalpart,
    rate_limited: registration.rateLimited,
    namespaces: { users: [...users], aliases: [...aliases], rooms: [...rooms] },
  });
}

interface LibraryLine {
  readonly level?: string;
  readonly module?: string;
  readonly message?: string;
}

const longestLine = 300;

/**
 * Passes the library's warnings and errors on. Its lines are text with anything in it, so they are cut, and what it says
 * at the lower levels (requests, for instance) is left out.
 */
function routeLogs(log: Log): void {
  const child = log.child({ from: "matrix-appservice-bridge" });
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      const { level, module, message } = parseLine(line);
      const text = (message ?? "").slice(0, longestLine);
      if (level === "ERROR") child.warn({ module }, text);
      else if (level === "WARN") child.debug({ module }, text);
      done();
    },
  });
  Logger.root.configureLogging({ json: true }, stream);
}

function parseLine(line: string): LibraryLine {
  try {
    return JSON.parse(line) as LibraryLine;
  } catch {
    return {};
  }
}
