import { createHmac } from "node:crypto";
import { synapseRefusedUser } from "./errors.ts";

export interface NewUser {
  readonly localpart: string;
  readonly password: string;
  readonly admin?: boolean;
  readonly displayName?: string;
}

export interface RegisteredUser {
  readonly userId: string;
  readonly password: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

interface Homeserver {
  readonly url: string;
  readonly sharedSecret: string;
}

/**
 * Makes an account with Synapse's shared secret registration (`/_synapse/admin/v1/register`): a nonce, then a message
 * authentication code of what is asked for. Refused when the name is taken.
 */
export async function registerUser(homeserver: Homeserver, user: NewUser): Promise<RegisteredUser> {
  const endpoint = `${homeserver.url}/_synapse/admin/v1/register`;
  const { nonce } = (await (await fetch(endpoint)).json()) as { nonce: string };
  const admin = user.admin === true;
  const mac = createHmac("sha1", homeserver.sharedSecret)
    .update([nonce, user.localpart, user.password, admin ? "admin" : "notadmin"].join("\0"))
    .digest("hex");
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      nonce,
      username: user.localpart,
      password: user.password,
      admin,
      mac,
      ...(user.displayName !== undefined && { displayname: user.displayName }),
    }),
  });
  if (!reply.ok) {
    throw synapseRefusedUser({ localpart: user.localpart, status: reply.status, reply: await reply.text() });
  }
  const made = (await reply.json()) as { user_id: string; access_token: string; device_id: string };
  return {
    userId: made.user_id,
    password: user.password,
    accessToken: made.access_token,
    deviceId: made.device_id,
  };
}
