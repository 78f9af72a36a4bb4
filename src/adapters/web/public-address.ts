import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { isPublicAddress as isPublic } from "../outbound/public-address.ts";

/** The same, save that no IPv6 address stands for an IPv4 one, whatever that one is: no page is written so. */
export function isPublicAddress(text: string): boolean {
  return isPublic(text) && !(isIPv6(text) && ipaddr.IPv6.parse(text).isIPv4MappedAddress());
}
