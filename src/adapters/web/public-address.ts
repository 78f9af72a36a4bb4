import ipaddr from "ipaddr.js";

/** Public addresses behind which clouds keep what only their machines may see. */
const metadataAddresses: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local, shared, reserved or for
 * documentation, and no IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64, Teredo), whatever that one is.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address.range() === "unicast" && !metadataAddresses.has(address.toString());
}
