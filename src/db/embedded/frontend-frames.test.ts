import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, startupParameters } from "./frontend-frames.ts";

function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function startup(...words: string[]): Buffer {
  const body = Buffer.from(`\0\x03\0\0${words.join("\0")}\0\0`, "latin1");
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length + 4);
  return Buffer.concat([head, body]);
}

test("messages come out whole and in order, however the bytes were cut", () => {
  const messages = fc.array(fc.tuple(fc.constantFrom("Q", "P", "B", "S"), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (wanted, cuts) => {
      const frames = wanted.map(([type, body]) => frame(type, Buffer.from(body)));
      const reader = new FrameReader();
      const got: unknown[] = [];
      let rest = Buffer.concat(frames);
      for (let i = 0; rest.length > 0; i += 1) {
        const cut = cuts[i % cuts.length] ?? 1;
        reader.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
        for (let next = reader.takeFrame(); next !== undefined; next = reader.takeFrame()) got.push(next);
      }
      expect(got).toEqual(frames.map((bytes, i) => ({ type: wanted[i]?.[0], bytes })));
    }),
  );
});

test("the opening is recognised before any typed message", () => {
  const reader = new FrameReader();
  const ssl = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  const hello = startup("user", "postgres", "database", "dao");
  reader.push(Buffer.concat([ssl, hello.subarray(0, 9)]));
  expect(reader.takeOpening()).toEqual({ kind: "encryption", bytes: ssl });
  expect(reader.takeOpening()).toBeUndefined();
  reader.push(hello.subarray(9));
  expect(reader.takeOpening()).toEqual({ kind: "startup", bytes: hello });
  expect([...startupParameters(hello)]).toEqual([
    ["user", "postgres"],
    ["database", "dao"],
  ]);
});

test("what is not PostgreSQL is told apart: HTTP, absurd lengths", () => {
  const http = new FrameReader();
  http.push(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  expect(http.takeOpening()).toBe("unknown");
  for (const length of [-1, 0, 3, 0x7fff_ffff]) {
    const reader = new FrameReader();
    const head = Buffer.from("Q\0\0\0\0");
    head.writeInt32BE(length, 1);
    reader.push(head);
    expect(reader.takeFrame()).toBe("unknown");
  }
});
