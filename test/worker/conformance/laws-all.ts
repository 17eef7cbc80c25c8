import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Connector } from "../../../src/connectors/contract.ts";
import type { FailureKind } from "../../../src/domain/errors.ts";
import { personal } from "./samples.ts";
import { at, failureOf } from "./stage.ts";
import type { connect, TestClock, Trouble, Vendor } from "./stage.ts";

/** A vendor on stage, and everything that can be asked of it, by name. */
export interface Scene {
  vendor: Vendor;
  clock: TestClock;
  wire: ReturnType<typeof connect>;
  verbs: Readonly<Record<string, () => Promise<unknown>>>;
}

/** The laws that hold for carts and WMSs alike. */
export function lawsOfAll(connector: Connector, setUp: () => Promise<Scene>): void {
  test("check finds nothing wrong with a vendor that is well, and changes nothing", async () => {
    const { wire } = await setUp();
    expect(await connector.check(wire.call)).toMatchObject({ ok: true, problems: [] });
  });

  describe.each<[Trouble, FailureKind]>([
    ["unauthorized", "unauthorized"],
    ["throttled", "throttled"],
    ["unavailable", "unavailable"],
    ["timed_out", "timed_out"],
    ["page", "bad_response"],
    ["junk", "bad_response"],
  ])("a vendor in trouble (%s)", (trouble, kind) => {
    test(`every verb ends as ${kind} and tells no secret, nor a customer to the log`, async () => {
      const { vendor, wire, verbs } = await setUp();
      wire.suffer(trouble);
      const told: string[] = [];
      for (const [name, verb] of Object.entries(verbs)) {
        let value: unknown;
        const failure = await failureOf(async () => {
          value = await verb();
        });
        // A row that cannot be read is a value where the contract has a place for it.
        if (kind === "bad_response" && at(value, ["reason"]) === kind) continue;
        expect(`${name}: ${failure?.kind}`).toBe(`${name}: ${kind}`);
        if (kind === "throttled") expect(failure?.retry_after_ms).toBe(7_000);
        told.push(failure?.message ?? "", failure?.place ?? "");
      }
      const asked = await checked(connector, wire);
      expect(asked.ok).toBe(false);
      told.push(asked.said, ...wire.lines);
      expect(wire.lines.length).toBeGreaterThan(0);
      const secrets = Object.values(vendor.secrets).flatMap(spellings);
      expect(secrets.length).toBeGreaterThan(0);
      for (const canary of secrets) expect(told.join("\n")).not.toContain(canary);
      for (const canary of personal) expect(wire.lines.join("\n")).not.toContain(canary);
    });
  });

  describe("settings", () => {
    test("every field says what it is, for the form and the API", () => {
      for (const shape of [connector.settings, connector.secrets]) {
        expect(shape.safeParse({}).success).toBe(false);
      }
      expect(connector.limits.requests).toBeGreaterThan(0);
      expect(connector.limits.parallel).toBeGreaterThan(0);
    });
  });

  if (connector.webhooks) lawsOfWebhooks(connector.id, connector.webhooks, setUp);
}

function lawsOfWebhooks(
  id: string,
  webhooks: NonNullable<Connector["webhooks"]>,
  setUp: () => Promise<Scene>,
): void {
  const bytes = (text: string) => Uint8Array.from(new TextEncoder().encode(text));

  describe(`webhooks of ${id}`, () => {
    test("what the vendor signed nudges, with either key while one is being replaced", async () => {
      const { vendor, clock } = await setUp();
      const [key, other] = [vendor.newWebhookSecret(), vendor.newWebhookSecret()];
      const { headers, body } = await vendor.signedMessage(key);
      for (const keys of [[key], [other, key], [key, other]]) {
        const verdict = await webhooks.receive(headers, bytes(body), keys, clock);
        expect(verdict).toMatchObject({ kind: "nudges" });
        if (verdict.kind === "nudges") expect(verdict.nudges.length).toBeGreaterThan(0);
      }
    });

    test("no key, another key, or an empty key verifies nothing", async () => {
      const { vendor, clock } = await setUp();
      const { headers, body } = await vendor.signedMessage(vendor.newWebhookSecret());
      for (const keys of [[], [vendor.newWebhookSecret()], [""]]) {
        const verdict = await webhooks.receive(headers, bytes(body), keys, clock);
        expect(verdict).toMatchObject({ kind: "rejected" });
      }
    });

    test("one changed bit anywhere in the body, or another spelling of it, is rejected", async () => {
      const { vendor, clock } = await setUp();
      const key = vendor.newWebhookSecret();
      const { headers, body } = await vendor.signedMessage(key);
      const raw = bytes(body);
      await fc.assert(
        fc.asyncProperty(fc.nat(raw.length - 1), fc.nat(7), async (where, bit) => {
          const bent = Uint8Array.from(raw);
          bent[where] = (bent[where] ?? 0) ^ (1 << bit);
          expect(await webhooks.receive(headers, bent, [key], clock)).toMatchObject({
            kind: "rejected",
          });
        }),
        { numRuns: 200 },
      );
      for (const other of [
        `${body} `,
        JSON.stringify(JSON.parse(body), null, 1),
        `\ufeff${body}`,
      ]) {
        const verdict = await webhooks.receive(headers, bytes(other), [key], clock);
        expect(verdict).toMatchObject({ kind: "rejected" });
      }
    });

    test("no header can be taken away or bent so that something unsigned nudges", async () => {
      const { vendor, clock } = await setUp();
      const key = vendor.newWebhookSecret();
      const { headers, body } = await vendor.signedMessage(key);
      const named = [...headers.keys()].filter((name) => name.includes("signature"));
      expect(named.length).toBeGreaterThan(0);
      for (const name of named) {
        for (const value of [
          null,
          "",
          "nonsense",
          "v1,",
          `${headers.get(name)?.slice(0, -4)}AAA=`,
        ]) {
          const bent = new Headers(headers);
          if (value === null) bent.delete(name);
          else bent.set(name, value);
          const verdict = await webhooks.receive(bent, bytes(body), [key], clock);
          expect(verdict.kind).toBe("rejected");
        }
      }
      const bare = await webhooks.receive(new Headers(), bytes(body), [key], clock);
      expect(bare.kind).not.toBe("nudges");
    });
  });
}

async function checked(connector: Connector, wire: Scene["wire"]) {
  let said = "";
  let ok = false;
  const failure = await failureOf(async () => {
    const report = await connector.check(wire.call);
    ok = report.ok;
    said = JSON.stringify(report);
  });
  return { ok, said: `${said} ${failure?.message ?? ""}` };
}

/** A secret as it is, in base64 alone, and as half of a Basic pair. */
const spellings = (secret: string): string[] => [
  secret,
  secret.replace(/^whsec_/, ""),
  btoa(secret).replace(/=+$/, "").slice(0, -2),
];
