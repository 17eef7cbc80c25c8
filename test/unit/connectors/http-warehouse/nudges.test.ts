import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { clock, NOW, WEBHOOK_SECRET, wms } from "./wms.ts";

const OTHER_SECRET = `whsec_${btoa("a-secret-of-somebody-else")}`;

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(text));

/** Signed by the reference library, not by our own code. */
function signed(body: string, at = NOW, secret = WEBHOOK_SECRET): Headers {
  return new Headers({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign("msg_1", new Date(at), body),
  });
}

const receive = (headers: Headers, body: string, keys: readonly string[] = [WEBHOOK_SECRET]) =>
  wms.webhooks!.receive(headers, bytes(body), keys, clock);

describe("a signed message", () => {
  test.each([
    ['{"type":"shipment.created","data":{"id":"S-1","reference":"A1"}}', { kind: "shipments" }],
    ['{"type":"stock.changed","data":{"sku":"DEMO-MUG"}}', { kind: "stock" }],
    [
      '{"type":"order.cancelled","data":{"reference":"A1"}}',
      { kind: "order_cancelled", reference: "A1" },
    ],
  ])("%s nudges", async (body, nudge) => {
    expect(await receive(signed(body), body)).toEqual({ kind: "nudges", nudges: [nudge] });
  });

  test.each([
    ['{"type":"warehouse.painted"}'],
    ['{"type":"order.cancelled"}'],
    ['{"kind":"stock"}'],
    ["[]"],
    ["not JSON"],
    [""],
  ])("%s is ignored", async (body) => {
    expect(await receive(signed(body), body)).toMatchObject({ kind: "ignored", verified: true });
  });

  test("is judged on the bytes that came, not on what they mean", async () => {
    const body = '{ "type": "stock.changed" }';
    expect(await receive(signed(body), '{"type":"stock.changed"}')).toMatchObject({
      kind: "rejected",
    });
    const odd = Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes(body)]);
    expect(await wms.webhooks!.receive(signed(body), odd, [WEBHOOK_SECRET], clock)).toMatchObject({
      kind: "rejected",
    });
  });

  test("is taken while its key is being rotated, on either side", async () => {
    const body = '{"type":"stock.changed"}';
    const nudges = { kind: "nudges" };
    expect(await receive(signed(body), body, [OTHER_SECRET, WEBHOOK_SECRET])).toMatchObject(nudges);
    const both = signed(body);
    const theirs = signed(body, NOW, OTHER_SECRET).get("webhook-signature");
    both.set("webhook-signature", `${theirs} v1a,x ${both.get("webhook-signature")}`);
    expect(await receive(both, body)).toMatchObject(nudges);
  });

  test.each([
    [-301_000, "rejected"],
    [-300_000, "nudges"],
    [300_000, "nudges"],
    [301_000, "rejected"],
  ])("made %i ms from now is %s", async (offset, kind) => {
    const body = '{"type":"stock.changed"}';
    expect(await receive(signed(body, NOW + offset), body)).toMatchObject({ kind });
  });
});

describe("fails closed", () => {
  const body = '{"type":"stock.changed"}';

  test.each([
    ["no keys", []],
    ["another key", [OTHER_SECRET]],
    ["a key that is no base64", ["whsec_***"]],
    ["an empty key", ["whsec_", ""]],
  ])("with %s", async (_, keys) => {
    expect(await receive(signed(body), body, keys)).toMatchObject({ kind: "rejected" });
  });

  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])(
    "without %s",
    async (name) => {
      const headers = signed(body);
      headers.delete(name);
      expect(await receive(headers, body)).toMatchObject({ kind: "rejected" });
    },
  );

  test.each([
    ["webhook-id", "msg_2"],
    ["webhook-timestamp", String(NOW / 1000 - 1)],
    ["webhook-timestamp", "soon"],
    ["webhook-timestamp", `${NOW / 1000}.0`],
    ["webhook-signature", "v1,"],
    ["webhook-signature", "v1,AAAA"],
    ["webhook-signature", "v1,***"],
    ["webhook-signature", "v2,AAAA"],
    ["webhook-signature", "nonsense"],
  ])("when %s becomes %s", async (name, value) => {
    const headers = signed(body);
    headers.set(name, value);
    expect(await receive(headers, body)).toMatchObject({ kind: "rejected" });
  });

  test("when the signature is only one of hundreds tried", async () => {
    const headers = signed(body);
    const tries = Array.from({ length: 200 }, () => "v1,AAAA").join(" ");
    headers.set("webhook-signature", `${tries} ${headers.get("webhook-signature")}`);
    expect(await receive(headers, body)).toMatchObject({ kind: "rejected" });
  });
});
