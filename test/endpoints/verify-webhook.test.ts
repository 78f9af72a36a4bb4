import { describe, expect, it } from "vitest";
import { type VerifyOptions, verifyWebhook, WebhookRefused } from "../../packages/client/src/index.ts";
import { mintWebhookSecret, signWebhook } from "../../src/domain/endpoints/sign-webhook.ts";

const secret = mintWebhookSecret();
const at = new Date("2026-11-21T09:00:00Z");
const body = JSON.stringify({
  type: "agent.triggered",
  timestamp: at.toISOString(),
  data: { runId: "run_1" },
});

function check(
  change: {
    headers?: Record<string, string>;
    body?: string;
    secret?: string;
    now?: number;
    seen?: VerifyOptions["seen"];
  } = {},
) {
  const headers = change.headers ?? signWebhook([secret], { id: "dlv_1", at, body });
  const now = () => change.now ?? at.getTime();
  try {
    return verifyWebhook(headers, change.body ?? body, change.secret ?? secret, {
      now,
      seen: change.seen ?? new Map<string, number>(),
    });
  } catch (error) {
    if (error instanceof WebhookRefused) return error.code;
    throw error;
  }
}

describe("the client takes a webhook", () => {
  it("that the bridge signed, as the example of Standard Webhooks has it", () => {
    expect(check()).toMatchObject({ id: "dlv_1", type: "agent.triggered", data: { runId: "run_1" } });
    const example = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const known = check({
      headers: example,
      body: '{"test": 2432232314}',
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      now: 1_614_265_330_000,
    });
    expect(known).toMatchObject({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", test: 2432232314 });
  });

  it("as bytes, and with the headers of the Fetch API", () => {
    const headers = new Headers(signWebhook([secret], { id: "dlv_1", at, body }));
    const options = { now: () => at.getTime(), seen: new Map<string, number>() };
    expect(verifyWebhook(headers, Buffer.from(body), secret, options).id).toBe("dlv_1");
  });

  it("signed with an old secret and a new one by whoever has either", () => {
    const newer = mintWebhookSecret();
    const headers = signWebhook([newer, secret], { id: "dlv_1", at, body });
    expect(check({ headers })).toMatchObject({ id: "dlv_1" });
    expect(check({ headers, secret: newer })).toMatchObject({ id: "dlv_1" });
  });

  it("that is tried again, with its new time", () => {
    const seen = new Map<string, number>();
    expect(check({ seen })).toMatchObject({ id: "dlv_1" });
    const headers = signWebhook([secret], { id: "dlv_1", at: new Date(at.getTime() + 5_000), body });
    expect(check({ headers, seen })).toMatchObject({ id: "dlv_1" });
  });
});

describe("the client refuses a webhook", () => {
  it("that was forged: another body, secret, id or time, or no signature at all", () => {
    const good = signWebhook([secret], { id: "dlv_1", at, body });
    expect(check({ body: body.replace("run_1", "run_2") })).toBe("forged");
    expect(check({ secret: mintWebhookSecret() })).toBe("forged");
    expect(check({ headers: { ...good, "webhook-id": "dlv_2" } })).toBe("forged");
    const later = String(at.getTime() / 1_000 + 60);
    expect(check({ headers: { ...good, "webhook-timestamp": later } })).toBe("forged");
    for (const signature of ["v1,", "v2,AAAA", "x", `v0${good["webhook-signature"]!.slice(2)}`])
      expect(check({ headers: { ...good, "webhook-signature": signature } })).toBe("forged");
  });

  it("that lacks a header, or whose time is none", () => {
    const good = signWebhook([secret], { id: "dlv_1", at, body });
    for (const name of Object.keys(good))
      expect(check({ headers: { ...good, [name]: "" } })).toBe("malformed");
    expect(check({ headers: { ...good, "webhook-timestamp": "now" } })).toBe("malformed");
  });

  it("that is more than five minutes old, or of the future", () => {
    expect(check({ now: at.getTime() + 299_000 })).toMatchObject({ id: "dlv_1" });
    expect(check({ now: at.getTime() + 301_000 })).toBe("too_old");
    expect(check({ now: at.getTime() - 301_000 })).toBe("too_new");
  });

  it("that it has taken before, as long as its time would still do", () => {
    const seen = new Map<string, number>();
    expect(check({ seen })).toMatchObject({ id: "dlv_1" });
    expect(check({ seen, now: at.getTime() + 299_000 })).toBe("replayed");
    expect(check({ seen, now: at.getTime() + 301_000 })).toBe("too_old");
    expect(seen.size).toBe(1);
  });
});
