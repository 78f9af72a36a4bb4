import { isRefusal } from "./errors.ts";
import type { SendRequest } from "./request.ts";

/** The user that this process acts as most, and how it is registered. Registering throws `M_USER_IN_USE` when it exists. */
export interface OwnUser {
  readonly userId: string;
  readonly register: () => Promise<void>;
}

/**
 * Requests as a user of ours who may not be registered yet, as in the first moments after a first start. A homeserver refuses
 * such a user as it refuses what is not allowed, with `M_FORBIDDEN`. So when the user is refused for the first time it is
 * registered, and if it was missing the request is made once more: whoever asked notices nothing.
 * Source: application service API, "Identity assertion"; Synapse, `api/auth/base.py`.
 */
export function asOwnUser(send: SendRequest, { userId, register }: OwnUser): SendRequest {
  let wasMissing: Promise<boolean> | undefined;
  const find = async () => {
    try {
      await register();
      return true;
    } catch (error) {
      // When it cannot be told now, it is at the next refusal.
      if (!isRefusal(error, "M_USER_IN_USE")) wasMissing = undefined;
      return false;
    }
  };
  return async (request) => {
    try {
      return await send(request);
    } catch (error) {
      if (request.asUser !== userId || !isRefusal(error, "M_FORBIDDEN")) throw error;
      if (!(await (wasMissing ??= find()))) throw error;
      return send(request);
    }
  };
}
