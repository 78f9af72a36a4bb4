import { stringAt } from "../../kernel/json.ts";
import { asObject, objectsOf, path, requireText } from "./answer.ts";
import { finalRefusalOf } from "./errors.ts";
import type { SendRequest } from "./request.ts";

export interface Profile {
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly displayName: string;
}

/** Nothing is there to be changed, or the device that was just made is not known: devices come by logging in only. */
const noDevices = [400, 404, 405];

/** Who we are and who our users are. */
export interface AccountVerbs {
  /** The user that the token stands for, or `asUser` when it may be acted as. */
  whoami(asUser?: string): Promise<string>;
  /**
   * Makes a user of our namespace, without logging it in, which servers with delegated authentication require. Refused
   * with `M_USER_IN_USE` when it exists and with `M_EXCLUSIVE` when it is outside of our namespaces.
   * https://spec.matrix.org/v1.19/application-service-api/#server-admin-style-permissions
   */
  registerUser(userId: string): Promise<void>;
  /**
   * Makes a device of one of our users, without keys, or finds it there. False when the homeserver makes none, or does not
   * let us act as it. https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3devicesdeviceid
   */
  ensureDevice(device: Device): Promise<boolean>;
  /** The devices of one of our users; none where the homeserver does not tell. */
  devicesOf(userId: string): Promise<readonly string[]>;
  profile(userId: string): Promise<Profile>;
  setDisplayName(userId: string, displayName: string): Promise<void>;
  /** `avatarUrl` is an `mxc://` address; an empty one takes the picture away. */
  setAvatar(userId: string, avatarUrl: string): Promise<void>;
  /**
   * Asks the homeserver to ping us. `transactionId` comes back in the ping. Gives the round trip in milliseconds.
   * https://spec.matrix.org/v1.19/application-service-api/#post_matrixclientv1appserviceappserviceidping
   */
  ping(appserviceId: string, transactionId: string): Promise<number>;
}

const whoamiPath = "/_matrix/client/v3/account/whoami";

export function accountVerbs(send: SendRequest): AccountVerbs {
  const setProfile = async (userId: string, field: string, value: string) => {
    await send({
      method: "PUT",
      path: path`/_matrix/client/v3/profile/${userId}/${field}`,
      asUser: userId,
      body: { [field]: value },
    });
  };
  return {
    async whoami(asUser) {
      const reply = await send({ method: "GET", path: whoamiPath, asUser });
      return requireText(asObject(reply), "user_id");
    },
    async registerUser(userId) {
      await send({
        method: "POST",
        path: "/_matrix/client/v3/register",
        body: { type: "m.login.application_service", username: localpartOf(userId), inhibit_login: true },
      });
    },
    ...deviceVerbs(send),
    async profile(userId) {
      const reply = asObject(await send({ method: "GET", path: path`/_matrix/client/v3/profile/${userId}` }));
      return {
        displayName: stringAt(reply, "displayname"),
        avatarUrl: stringAt(reply, "avatar_url"),
      };
    },
    setDisplayName: (userId, displayName) => setProfile(userId, "displayname", displayName),
    setAvatar: (userId, avatarUrl) => setProfile(userId, "avatar_url", avatarUrl),
    async ping(appserviceId, transactionId) {
      const reply = await send({
        method: "POST",
        path: path`/_matrix/client/v1/appservice/${appserviceId}/ping`,
        body: { transaction_id: transactionId },
      });
      return Number(asObject(reply)["duration_ms"] ?? 0);
    },
  };
}

function deviceVerbs(send: SendRequest): Pick<AccountVerbs, "ensureDevice" | "devicesOf"> {
  return {
    async ensureDevice({ userId, deviceId, displayName }) {
      try {
        const device = path`/_matrix/client/v3/devices/${deviceId}`;
        await send({ method: "PUT", path: device, asUser: userId, body: { display_name: displayName } });
        const me = await send({ method: "GET", path: whoamiPath, asUser: userId, deviceId });
        return stringAt(me, "device_id") === deviceId;
      } catch (error) {
        const { status } = finalRefusalOf(error) ?? {};
        if (status !== undefined && noDevices.includes(status)) return false;
        throw error;
      }
    },
    async devicesOf(userId) {
      try {
        const reply = asObject(
          await send({ method: "GET", path: "/_matrix/client/v3/devices", asUser: userId }),
        );
        return objectsOf(reply["devices"]).flatMap((device) => stringAt(device, "device_id") ?? []);
      } catch (error) {
        if (finalRefusalOf(error) === undefined) throw error;
        return [];
      }
    },
  };
}

/** `@localpart:server` without what surrounds the localpart. */
function localpartOf(userId: string): string {
  return userId.slice(1, userId.indexOf(":"));
}
