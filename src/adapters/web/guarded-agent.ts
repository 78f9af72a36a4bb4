import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { addressRefused } from "./errors.ts";
import { isPublicAddress } from "./public-address.ts";

/**
 * Connects to public addresses only. Looked at is the address that is connected to, after the name was resolved and for
 * every connection anew, so a name that changes its mind, a redirect or an address in the URL itself gets no further.
 * `isAllowed` exempts hosts (`host` or `host:port`) that an operator has named.
 */
export function guardedAgent(isAllowed: (host: string) => boolean): Agent {
  const guarded = buildConnector({ lookup: publicLookup, timeout: 5_000 });
  const free = buildConnector({ timeout: 5_000 });
  return new Agent({
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, "");
      const isFree = isAllowed(`${host}:${options.port}`) || isAllowed(host);
      // Addresses are not looked up.
      if (!isFree && isIP(host) !== 0 && !isPublicAddress(host)) callback(addressRefused({ host }), null);
      else (isFree ? free : guarded)(options, callback);
    },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    keepAliveTimeout: 1,
    maxResponseSize: 4 * 1024 * 1024,
  });
}

/** Gives no address at all for a name that has one which is not public. */
const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = error === null ? addresses : [];
    if (error !== null) callback(error, "");
    else if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address)))
      callback(addressRefused({ host }), "");
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
