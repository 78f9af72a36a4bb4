import ipaddr from "ipaddr.js";

/** Public addresses behind which clouds keep what only their machines may see. */
const metadataAddresses: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * Whether an address belongs to the public internet: no loopback, private, link-local, shared, tunnelled or reserved one,
 * nor a cloud's metadata. An IPv6 address that maps an IPv4 one is what that one is.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === "unicast" && !metadataAddresses.has(address.toString());
}
