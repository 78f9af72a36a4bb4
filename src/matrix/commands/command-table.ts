/** What somebody asked the bot for in a room. Arguments are checked: none holds words of the asker. */
export type Command =
  | {
      readonly verb:
        | "help"
        | "status"
        | "whoami"
        | "channels"
        | "members"
        | "agents"
        | "followups"
        | "export"
        | "knocks"
        | "cancel"
        | "unlink"
        | "freeze"
        | "unfreeze";
    }
  | { readonly verb: "link"; readonly microdao: string; readonly slug: string }
  /** `userId`: a Matrix id. */
  | { readonly verb: "accept" | "deny"; readonly userId: string }
  /** `days` absent: only asked for; null: without limit. */
  | { readonly verb: "retention"; readonly days?: number | null }
  /** `meant`: the command that it was perhaps to be. */
  | { readonly verb: "unknown"; readonly meant?: Verb };

/** The names of commands. */
export type Verb = Exclude<Command["verb"], "unknown">;

/** Who may: anybody who is in the room, or those with power level 50 or 100 there. */
export type Who = "member" | "moderator" | "admin";

export const powerOf: Readonly<Record<Who, number>> = {
  member: Number.NEGATIVE_INFINITY,
  // The levels that may redact and kick, and that may do everything, unless a room says otherwise.
  moderator: 50,
  admin: 100,
};

/** One line of help. A command with several uses has several rows. */
export interface CommandRow {
  readonly verb: Verb;
  readonly who: Who;
  /** What to write after `!dao`. */
  readonly usage: string;
  readonly does: string;
  /** The command, if these are its arguments. */
  readonly read: (words: readonly string[]) => Command | undefined;
}

/**
 * Every command there is, in the order of the help. What a command answers is in `answer-command.ts`; a new command is a row
 * here and a function there.
 */
export const commandTable: readonly CommandRow[] = [
  plain("status", "member", "what is mirrored"),
  plain("whoami", "member", "how I know you"),
  plain("channels", "member", "channels beside this one"),
  plain("members", "member", "who is here"),
  plain("agents", "member", "agents, here and to invite"),
  plain("followups", "member", "what to come back to"),
  plain("cancel", "member", "agents stop what you asked"),
  plain("retention", "member", "how long words are kept"),
  plain("help", "member", "this list"),
  plain("knocks", "moderator", "who asks to come in"),
  {
    verb: "accept",
    who: "moderator",
    usage: "accept @bob:example.org",
    does: "let them in",
    read: readUser("accept"),
  },
  {
    verb: "deny",
    who: "moderator",
    usage: "deny @bob:example.org",
    does: "turn them away",
    read: readUser("deny"),
  },
  plain("unlink", "moderator", "stop mirroring"),
  plain("freeze", "moderator", "silence all agents here"),
  plain("unfreeze", "moderator", "let them speak again"),
  {
    verb: "link",
    who: "moderator",
    usage: "link microdao:1 plans",
    does: "move and name it",
    read: readLink,
  },
  plain("export", "admin", "all of it as a file"),
  { verb: "retention", who: "admin", usage: "retention 30", does: "keep words for 30 days", read: readDays },
  { verb: "retention", who: "admin", usage: "retention off", does: "keep them for ever", read: readOff },
];

function plain(verb: Exclude<Verb, "link" | "accept" | "deny">, who: Who, does: string): CommandRow {
  return { verb, who, usage: verb, does, read: (words) => (words.length === 0 ? { verb } : undefined) };
}

function readLink([first = "", second = "", ...more]: readonly string[]): Command | undefined {
  const microdao = /^(?:microdao:)?([1-9]\d{0,17})$/i.exec(first)?.[1];
  const slug = second.toLowerCase();
  if (more.length > 0 || microdao === undefined || !/^[a-z0-9-]+$/.test(slug)) return undefined;
  return { verb: "link", microdao: `microdao:${microdao}`, slug };
}

/** A Matrix id, also one of those that older homeservers gave. Source: appendices, "User identifiers". */
const userIdPattern = /^@[\x21-\x39\x3b-\x7e]+:[A-Za-z0-9.:[\]-]+$/;

function readUser(verb: "accept" | "deny") {
  return ([userId = "", ...more]: readonly string[]): Command | undefined =>
    more.length === 0 && userIdPattern.test(userId) ? { verb, userId } : undefined;
}

function readDays([days = "", ...more]: readonly string[]): Command | undefined {
  return more.length === 0 && /^[1-9]\d{0,4}$/.test(days)
    ? { verb: "retention", days: Number(days) }
    : undefined;
}

function readOff([off = "", ...more]: readonly string[]): Command | undefined {
  return more.length === 0 && off.toLowerCase() === "off" ? { verb: "retention", days: null } : undefined;
}

/** Who may use a command as it was written. */
export function whoMay(command: Command): Who {
  if (command.verb === "unknown") return "member";
  if (command.verb === "retention") return command.days === undefined ? "member" : "admin";
  return commandTable.find(({ verb }) => verb === command.verb)?.who ?? "admin";
}
