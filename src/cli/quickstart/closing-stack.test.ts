import { expect, it } from "vitest";
import { newClosingStack } from "./closing-stack.ts";

it("closes newest first, goes on when one fails, and closes nothing twice", async () => {
  const said: string[] = [];
  const stack = newClosingStack((line) => said.push(line));
  for (const name of ["a", "b", "c"]) {
    stack.push(name, () => {
      said.push(name);
      return name === "b" ? Promise.reject(new Error("stuck")) : Promise.resolve();
    });
  }
  await Promise.all([stack.close(), stack.close()]);
  expect(said).toEqual(["c", "b", "b did not stop cleanly: stuck", "a"]);
});
