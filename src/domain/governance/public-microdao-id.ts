import { encodeId } from "../../kernel/ids.ts";

/** The `md_…` by which events name a microDAO, of its uuid. */
export function publicMicrodaoId(uuid: string | null | undefined): string | null {
  return uuid == null ? null : encodeId("md", uuid);
}
