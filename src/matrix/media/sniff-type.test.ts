import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sniffType } from "./sniff-type.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const isoBox = (brand: string) => Buffer.concat([bytes("00000018"), Buffer.from(`ftyp${brand}`)]);
const riff = (form: string) => Buffer.concat([Buffer.from("RIFF"), bytes("24000000"), Buffer.from(form)]);

describe("sniffType", () => {
  it.each([
    ["image/png", bytes("89504e470d0a1a0a 0000000d")],
    ["image/jpeg", bytes("ffd8ffe000104a46")],
    ["image/gif", Buffer.from("GIF89a...")],
    ["image/webp", riff("WEBP")],
    ["image/avif", isoBox("avif")],
    ["video/mp4", isoBox("isom")],
    ["video/webm", bytes("1a45dfa3 9f4286")],
    ["audio/mp4", isoBox("M4A ")],
    ["audio/ogg", bytes("4f676753 0002")],
    ["audio/mpeg", bytes("fffb9064")],
    ["audio/mpeg", Buffer.from("ID3\u0003")],
    ["audio/wav", riff("WAVE")],
    ["audio/flac", Buffer.from("fLaC\u0000")],
  ])("122: %s is known by its first bytes and shown in place", (type, head) => {
    expect(sniffType(head)).toEqual({ type, inline: true });
  });

  it.each([
    ["application/pdf", Buffer.from("%PDF-1.7")],
    ["application/zip", bytes("504b0304")],
    ["application/octet-stream", Buffer.from("<!DOCTYPE html><script>alert(1)</script>")],
    ["application/octet-stream", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ["application/octet-stream", Buffer.from("<?xml version='1.0'?>")],
    ["application/octet-stream", Buffer.from("GIF8 is no picture")],
    ["application/octet-stream", isoBox("heic")],
    ["application/octet-stream", Buffer.alloc(0)],
  ])("122: %s is kept out of the page", (type, head) => {
    expect(sniffType(head)).toEqual({ type, inline: false });
  });

  it("122: whatever the bytes are, nothing that a browser runs is shown in place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (head) => {
        const { type, inline } = sniffType(Buffer.from(head));
        expect(type).toMatch(/^(?:image|audio|video|application)\/[a-z0-9-]+$/);
        expect(inline && (type.startsWith("application/") || type.includes("svg"))).toBe(false);
      }),
    );
  });
});
