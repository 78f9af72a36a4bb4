/** Results go to stdout: JSON for programs, lines for people. */
export function print(
  { json }: { readonly json?: true },
  result: unknown,
  lines: () => readonly string[],
): void {
  process.stdout.write(
    json === true ? `${JSON.stringify(result, undefined, 2)}\n` : `${lines().join("\n")}\n`,
  );
}

/** Rows in columns that are as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_name, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
