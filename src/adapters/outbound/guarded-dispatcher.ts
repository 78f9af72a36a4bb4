import { type LookupAddress, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { declareError } from "../../kernel/errors.ts";

export const addressRefused = declareError<{ host: string }>(
  "address_refused",
  "forbidden",
  ({ host }) => `${host.slice(0, 80)} is at no address of the public internet, and no other is called.`,
);

export interface Guard {
  /** Hosts (`host` or `host:port`) that are called wherever they are. */
  readonly isExempt: (host: string) => boolean;
  /** Those of a name's addresses that may be called; none: it is refused. */
  readonly choose: (addresses: readonly LookupAddress[]) => readonly LookupAddress[];
  readonly connectTimeoutMs: number;
  /** How names become addresses; the system's way if left out. */
  readonly lookup?: typeof lookup | undefined;
}

/**
 * Connections to addresses that others have named (server-side request forgery). Looked at is the address that is
 * connected to, after the name was resolved and for every connection anew, so a name that changes its mind, a redirect or
 * an address in the URL itself gets no further. Close it when it is not needed any more.
 */
export function openGuardedDispatcher(guard: Guard, settings: Omit<Agent.Options, "connect"> = {}): Agent {
  const { isExempt, choose, connectTimeoutMs: timeout } = guard;
  const guarded = buildConnector({ timeout, lookup: guardedLookup(guard) });
  const free = buildConnector({ timeout });
  return new Agent({
    ...settings,
    connect(target, callback) {
      const host = target.hostname.replace(/^\[|\]$/g, "");
      const isFree = isExempt(`${host}:${target.port}`) || isExempt(host);
      // An address that stands in the URL is resolved by nobody.
      const family = isIP(host);
      if (!isFree && family !== 0 && choose([{ address: host, family }]).length === 0)
        callback(addressRefused({ host }), null);
      else (isFree ? free : guarded)(target, callback);
    },
  });
}

function guardedLookup({ choose, lookup: resolve = lookup }: Guard): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const chosen = error === null ? choose(found) : [];
      const [first] = chosen;
      if (error !== null) callback(error, "");
      else if (first === undefined) callback(addressRefused({ host }), "");
      else if (options.all === true) callback(null, [...chosen]);
      else callback(null, first.address, first.family);
    });
  };
}
