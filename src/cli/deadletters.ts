import { Command } from "commander";
import {
  type DeadLetter,
  deadLetterMissing,
  dropDeadLetter,
  retryDeadLetter,
  selectDeadLetter,
  selectDeadLetters,
} from "../matrix/ingest/index.ts";
import { withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface Options {
  readonly json?: true;
}

/** `microdao deadletters`: events that could not be processed, and what to do about them. */
export function deadlettersCommand(): Command {
  const command = new Command("deadletters").description(
    "events that could not be processed: list, show, retry, drop",
  );
  command
    .command("list")
    .description("those that wait for a decision, oldest first")
    .option("--limit <n>", "at most this many", "100")
    .option("--json", "print JSON")
    .action((options: Options & { readonly limit: string }) =>
      withDatabase(async ({ database }) => {
        const letters = await selectDeadLetters(database.db, Number(options.limit) || 100);
        print(options, { deadLetters: letters }, () =>
          letters.length === 0 ? ["No dead letters."] : tableOf(letters),
        );
      }),
    );
  command
    .command("show")
    .description("one of them with its raw event, which may be somebody's message")
    .argument("<id>")
    .option("--json", "print JSON")
    .action((id: string, options: Options) =>
      withDatabase(async ({ database }) => {
        const letter = await selectDeadLetter(database.db, id);
        if (letter === undefined) throw deadLetterMissing({ id });
        const shown = { ...letter, raw: Buffer.from(letter.raw).toString("utf8") };
        const lines = Object.entries(shown).map(([key, value]) => `${key.padEnd(11)} ${String(value)}`);
        print(options, shown, () => lines);
      }),
    );
  command
    .command("retry")
    .description("process it again; nothing reacts to it any more")
    .argument("<id>")
    .option("--json", "print JSON")
    .action((id: string, options: Options) =>
      withDatabase(async ({ database }) => {
        const fault = await retryDeadLetter({ database }, id);
        const ok = fault === undefined;
        print(options, { id, ok, fault }, () => [
          ok ? `${id} is processed.` : `${id} stays: ${fault.message}`,
        ]);
        if (!ok) process.exitCode = 1;
      }),
    );
  command
    .command("drop")
    .description("give it up; its raw event is erased")
    .argument("<id>")
    .option("--json", "print JSON")
    .action((id: string, options: Options) =>
      withDatabase(async ({ database }) => {
        await dropDeadLetter({ database }, id);
        print(options, { id, dropped: true }, () => [`${id} is dropped.`]);
      }),
    );
  return command;
}

function tableOf(letters: readonly DeadLetter[]): string[] {
  return table(
    ["id", "received", "code", "room", "event", "tries"],
    letters.map(({ id, receivedAt, errorCode, roomId, eventId, attempts }) => [
      id,
      receivedAt.toISOString(),
      errorCode,
      roomId ?? "–",
      eventId ?? "–",
      String(attempts),
    ]),
  );
}
