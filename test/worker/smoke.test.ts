import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
test("workerd has the currencies and the hash we rely on", async () => {
  const { currencyOf } = await import("../../src/domain/money.ts");
  const { sha256 } = await import("../../src/platform/hash.ts");
  expect(currencyOf("usd")).toEqual({ code: "USD", exponent: 2 });
  expect(currencyOf("JPY")).toEqual({ code: "JPY", exponent: 0 });
  expect(currencyOf("XYZ")).toBeNull();
  const t = performance.now(); for (let i=0;i<2000;i++) sha256("x".repeat(1500)+i); console.log("hash us", (performance.now()-t)/2);
  expect((await exports.default.fetch(new Request("http://x/"))).status).toBe(200);
});
