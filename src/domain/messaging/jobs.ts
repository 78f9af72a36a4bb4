import { declareJob } from "../../kernel/jobs.ts";

export interface MakeRoomPayload {
  /** uuid of the `matrix.new_rooms` row. */
  readonly id: string;
}

/** The homeserver has to make a room. Repeated for a while: homeservers are restarted. */
export const makeRoomJob = declareJob<MakeRoomPayload>({ name: "matrix.make-room", retryLimit: 10 });
