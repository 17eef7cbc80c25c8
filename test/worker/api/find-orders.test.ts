import { expect, test } from "vitest";
import { stableId } from "../../../src/platform/ids.ts";
import { insertOrders } from "../../../src/store/orders.ts";
import { commit } from "../../../src/store/statement.ts";
import { createConnection } from "../../../src/sync/create-connection.ts";
import { cartWanted, mintMerchant, testDeps } from "../deps.ts";
import { call } from "./client.ts";
import { newOrder } from "./orders.ts";

test("a search by number finds the orders of its cart and status behind any number of others", async () => {
  const deps = testDeps();
  const { merchantId, cartId, keys } = await mintMerchant(deps);
  const other = await createConnection(deps, merchantId, cartWanted);
  const numbers = ["1001", "1002", "1003", "1004", "2001"];
  const cartOf = (number: string) => (number < "1003" ? other.connectionId : cartId);
  const db = await deps.databases.of(merchantId);
  await commit(db, [
    insertOrders(
      merchantId,
      numbers.map((number) =>
        newOrder(stableId("ord", merchantId, number), cartOf(number), number),
      ),
    ),
  ]);
  await db
    .prepare("UPDATE orders SET status = 'at_wms' WHERE merchant_id = ?1 AND number = '1003'")
    .bind(merchantId)
    .run();
  const found = async (query: string) => {
    const { json } = await call(deps, "GET", `/api/orders?${query}`, { key: keys.merchant });
    return json.items.map((item: { number: string }) => item.number);
  };
  expect(await found("number=100&limit=2")).toEqual(["1001", "1002"]);
  expect(await found(`number=100&limit=1&cart=${cartId}`)).toEqual(["1003"]);
  expect(await found("number=100&limit=1&status=at_wms")).toEqual(["1003"]);
  expect(await found(`number=100&limit=1&cart=${cartId}&status=new`)).toEqual(["1004"]);
});
