import { declareError } from "../../kernel/errors.ts";

export const agentCodeUnusable = declareError<{ code: string; why: string }>(
  "agent_code_unusable",
  "invalid",
  ({ code, why }) => `The agent code "${code.slice(0, 80)}" makes no Matrix user: ${why}.`,
);

/** How agents are called in Matrix. */
export interface GhostNames {
  readonly serverName: string;
  /** What every agent's localpart begins with, such as `dao_`. */
  readonly agentPrefix: string;
}

const longestUserId = 255;
const plain = /^[a-z0-9._/-]$/;

/**
 * The Matrix user of an agent: `sofia` is `@dao_sofia:example.org`. Letters a–z, digits and `. _ / -` stand for
 * themselves, every other byte of the UTF-8 is `=` and two hexadecimal digits, as the specification proposes, so that
 * no two codes share a user and `agentCodeOf` finds the way back. Throws `agent_code_unusable`.
 * https://spec.matrix.org/v1.19/appendices/#mapping-from-other-character-sets
 */
export function ghostIdOf({ serverName, agentPrefix }: GhostNames, code: string): string {
  if (code === "" || !code.isWellFormed()) throw agentCodeUnusable({ code, why: "it is no text" });
  const userId = `@${agentPrefix}${encode(code)}:${serverName}`;
  if (Buffer.byteLength(userId) > longestUserId) {
    throw agentCodeUnusable({
      code,
      why: `with the server's name it takes more than ${longestUserId} bytes`,
    });
  }
  return userId;
}

/** The code of the agent that a Matrix user stands for, or undefined when it is nobody that `ghostIdOf` makes. */
export function agentCodeOf(names: GhostNames, userId: string): string | undefined {
  const start = `@${names.agentPrefix}`;
  const end = `:${names.serverName}`;
  if (!userId.startsWith(start) || !userId.endsWith(end) || userId.length <= start.length + end.length) {
    return undefined;
  }
  const code = decode(userId.slice(start.length, -end.length));
  // One code, one user: an id that only decodes to the code (`=61` for `a`) is somebody else's.
  return code !== undefined && `${start}${encode(code)}${end}` === userId ? code : undefined;
}

function encode(code: string): string {
  return [...Buffer.from(code)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return plain.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

function decode(text: string): string | undefined {
  if (!/^(?:[a-z0-9._/-]|=[0-9a-f]{2})+$/.test(text)) return undefined;
  const bytes = text
    .match(/=..|./g)
    ?.map((part) => (part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0)));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes ?? []));
  } catch {
    return undefined;
  }
}
