import { expect, it } from "vitest";
import { createExpiringMap } from "./expiring-map.ts";

it("entries go when their time is over, or when there are too many, the oldest first", () => {
  const map = createExpiringMap<number>(3);
  map.set("a", 1, 10);
  map.set("b", 2, 20);
  expect([map.get("a", 9), map.get("a", 10), map.get("b", 10)]).toEqual([1, undefined, 2]);
  map.set("c", 3, 30);
  map.set("a", 4, 40);
  map.set("d", 5, 50);
  expect(map.values(0)).toEqual([3, 4, 5]);
  expect(map.expire(40)).toEqual([3, 4]);
  map.delete("d");
  expect(map.size).toBe(0);
});
