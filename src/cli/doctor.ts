import { Command } from "commander";
import { inspectCommandConfig } from "../config/index.ts";
import { examine } from "./doctor/checks.ts";
import { openContext } from "./doctor/context.ts";
import type { Finding } from "./doctor/finding.ts";

/** `microdao doctor`: looks at everything that the bridge needs and says what to do. Exits with 1 when something fails. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check configuration, database, registration and homeserver, and say what to do")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: true }) => {
      const context = openContext(inspectCommandConfig());
      try {
        const findings = await examine(context, (finding) => {
          if (json !== true) process.stdout.write(sayFinding(finding));
        });
        const healthy = findings.every(({ status }) => status !== "fail");
        process.stdout.write(
          json === true ? `${JSON.stringify({ ok: healthy, findings }, undefined, 2)}\n` : sayEnd(findings),
        );
        if (!healthy) process.exitCode = 1;
      } finally {
        await context.close();
      }
    });
}

const nameWidth = 16;

function sayFinding({ name, status, found, fix }: Finding): string {
  const line = `${status.padEnd(5)} ${name.padEnd(nameWidth)} ${found}\n`;
  const steps = fix === undefined ? [] : fix.split("\n").map((step) => `${" ".repeat(6)}→ ${step}\n`);
  return line + steps.join("");
}

function sayEnd(findings: readonly Finding[]): string {
  const count = (wanted: string) => findings.filter(({ status }) => status === wanted).length;
  return `\n${count("ok")} ok, ${count("warn")} to know, ${count("fail")} to correct\n`;
}
