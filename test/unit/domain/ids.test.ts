import { expect, test } from "vitest";
import { idsInPath } from "../../../src/domain/ids.ts";

test("a path's ids are found by their prefix, wherever they stand in it", () => {
  expect(idsInPath("/api/connections/con_01k8/jobs/order-download/run")).toEqual({
    connection_id: "con_01k8",
  });
  expect(idsInPath("/api/carts/con_01k8/skipped")).toEqual({ connection_id: "con_01k8" });
  expect(idsInPath("/orders/ord_9zz")).toEqual({ order_id: "ord_9zz" });
  expect(idsInPath("/api/tasks/tsk_1")).toEqual({ task_id: "tsk_1" });
});

test("what is not shaped like an id of ours is in no log line", () => {
  for (const path of [
    "/api/keys/cart_7",
    "/api/orders/ada@example.com",
    "/api/connections/con_%0a",
    "/api/connections/con_whsec-AbC",
    `/api/connections/con_${"a".repeat(33)}`,
    "/api/orders",
  ])
    expect(idsInPath(path)).toEqual({});
});
