import { expect, test } from "vitest";
import { ConnectorFailure } from "../../../../src/domain/errors.ts";
import { callWith, wms } from "./wms.ts";

const list = (status: number, body: unknown) =>
  wms.shipMethods?.list(callWith(() => ({ status, body })).call);

test("the methods are read with their names, blank ones absent; a row without a code is skipped by its place", async () => {
  const rows = [
    { code: "UPS-GND", name: "UPS Ground", carrier: " " },
    { code: "" },
    { name: "No code" },
    null,
  ];
  const read = await list(200, { ship_methods: rows });
  expect(read?.items).toEqual([{ code: "UPS-GND", name: "UPS Ground", carrier: null }]);
  expect(read?.skipped.map(({ message }) => message.split(":")[0])).toEqual([
    "ship_methods[1].code",
    "ship_methods[2].code",
    "ship_methods[3]",
  ]);
});

test("404 says that there is no list; what else it may answer is a failure", async () => {
  expect(await list(404, { code: "no_route" })).toBeNull();
  for (const [status, body] of [
    [200, { methods: [] }],
    [204, {}],
    [400, { code: "x" }],
  ] as const)
    await expect(list(status, body)).rejects.toThrow(ConnectorFailure);
});
