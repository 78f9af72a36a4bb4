import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { Agent, buildConnector, type Dispatcher } from "undici";
import { declareError } from "../../kernel/errors.ts";

export const addressRefused = declareError<{ host: string }>(
  "address_refused",
  "forbidden",
  ({ host }) => `${host.slice(0, 80)} is at an address of a private network, and those are not called.`,
);

export interface GuardOptions {
  /** Whether loopback, private and link-local addresses may be called, too. */
  readonly allowPrivate: boolean;
  readonly connectTimeoutMs: number;
  /** How names become addresses; the system's way if left out. */
  readonly lookup?: typeof lookup;
}

/**
 * Connections to addresses that others have named. Only public ones are made (server-side request forgery): the check
 * stands behind the name's resolution, at the address that is connected to, so a name that changes its mind in between
 * changes nothing. Close it when it is not needed any more.
 */
export function openGuardedDispatcher(options: GuardOptions): Dispatcher {
  const { allowPrivate, connectTimeoutMs: timeout } = options;
  if (allowPrivate) return new Agent({ connect: { timeout } });
  const connect = buildConnector({ timeout, lookup: guardedLookup(options.lookup ?? lookup) });
  return new Agent({
    connect(target, callback) {
      // An address that stands in the URL is resolved by nobody.
      const host = target.hostname.replace(/^\[|\]$/g, "");
      if (ipaddr.isValid(host) && !isPublicAddress(host)) callback(addressRefused({ host }), null);
      else connect(target, callback);
    },
  });
}

/** Whether an address belongs to the Internet: no loopback, private, link-local, shared, tunnelled or reserved one. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}

function guardedLookup(resolve: typeof lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const allowed = found.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(addressRefused({ host }), "");
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
