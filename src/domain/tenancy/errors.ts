import { declareError } from "../../kernel/errors.ts";

export const matrixIdInvalid = declareError<{ matrixId: string }>(
  "matrix_id_invalid",
  "invalid",
  ({ matrixId }) => `"${matrixId.slice(0, 80)}" is not a Matrix user id. Write it as @alice:example.org.`,
);

export const microdaoMissing = declareError<{ microdao: string }>(
  "microdao_not_found",
  "missing",
  ({ microdao }) => `There is no microDAO "${microdao.slice(0, 80)}".`,
);

export const lastOwner = declareError<Record<string, never>>(
  "last_owner",
  "conflict",
  () => "This is the last owner of the microDAO. Make somebody else an owner first.",
);

export const microdaoRoleTooHigh = declareError<Record<string, never>>(
  "role_too_high",
  "forbidden",
  () => "Nobody gives a role above their own, or changes others who have as high a role.",
);

export const microdaoMemberMissing = declareError<Record<string, never>>(
  "member_not_found",
  "missing",
  () => "There is no such member of this microDAO.",
);

export const microdaoNameInvalid = declareError<{ found: number }>(
  "microdao_name_invalid",
  "invalid",
  ({ found }) =>
    `The name of a microDAO has 1 to 200 characters without control characters; this has ${found}.`,
);
