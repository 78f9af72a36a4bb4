/** Where a file is: `mxc://<server>/<mediaId>`, both parts checked. */
export interface MediaPlace {
  readonly server: string;
  readonly mediaId: string;
}

/** https://spec.matrix.org/v1.19/appendices/#server-name */
const serverName = String.raw`(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?`;
const mxcPattern = new RegExp(`^mxc://(${serverName})/([A-Za-z0-9_-]{1,255})$`);

/**
 * The parts of an `mxc://` address, or undefined when it is none. Whatever passes can be put into a path: no slashes, no
 * dots alone, no percent signs. https://spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris
 */
export function parseMxc(uri: string): MediaPlace | undefined {
  const [, server = "", mediaId = ""] = mxcPattern.exec(uri) ?? [];
  return mediaId === "" || /^\.+$/.test(server) ? undefined : { server, mediaId };
}
