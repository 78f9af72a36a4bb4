import { z } from "zod";

export const urlOf = (schemes: readonly string[], rule: (url: URL) => boolean = () => true) =>
  z.string().refine((text) => {
    const url = URL.parse(text);
    return url !== null && schemes.includes(url.protocol) && url.hostname !== "" && rule(url);
  });

/** Where requests go: no credentials, no query and no fragment, because those would be lost or leak into logs. */
export const plainUrl = (url: URL) =>
  url.username === "" && url.password === "" && url.search === "" && url.hash === "";

/** A homeserver's base URL has no path of the Matrix API in it; a trailing slash is taken off. */
export const baseUrl = (rule: (url: URL) => boolean) =>
  urlOf(
    ["http:", "https:"],
    (url) => plainUrl(url) && !url.pathname.includes("/_matrix") && rule(url),
  ).transform((text) => text.replace(/\/+$/, ""));

/** https://spec.matrix.org/v1.19/appendices/#user-identifiers */
export const localpart = z.string().regex(/^[a-z0-9._=/+-]{1,200}$/);

/** Synapse takes no sign here that a URL would have to escape. */
export const senderLocalpart = z.string().regex(/^[a-z0-9._/-]{1,200}$/);

/** https://spec.matrix.org/v1.19/appendices/#server-name */
export const serverName = z
  .string()
  .max(230)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/);

/** 32 bytes in base64 or base64url, with or without padding. */
export const key32 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]{43}=?$/)
  .transform((text) => new Uint8Array(Buffer.from(text, "base64")))
  .refine((bytes) => bytes.length === 32);

export const price = z
  .string()
  .regex(/^\d{1,6}(?:\.\d{1,8})?$/)
  .transform(Number);

/** Hosts, perhaps with ports, as they stand in URLs. */
export const hostList = z
  .string()
  .regex(/^[A-Za-z0-9.:[\]_-]+(?:\s*,\s*[A-Za-z0-9.:[\]_-]+)*$/)
  .transform((text) => text.split(",").map((host) => host.trim()));

const quotaLimit = String.raw`(?:messages|runs|tokens|money)=\d{1,12}(?:\.\d{1,9})?/(?:minute|hour|day)`;
export const quotas = z.string().regex(new RegExp(`^(?:off|${quotaLimit}(?:,${quotaLimit}){0,11})$`));
