import { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import type { ConnectionReport } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import { answered, ask, refusal, type WooCall } from "./client.ts";

const noApi =
  "The shop's REST API is not at this address. Check the store address; in WordPress open Settings > Permalinks and choose anything but Plain; see that no security plugin closes the REST API.";
const readOnly =
  "This key may only read. Make one with Read/Write permissions in WooCommerce > Settings > Advanced > REST API.";
const noWebhooks =
  "This key's user may not manage webhooks, so orders arrive at the next download only. Give the key to a shop manager or an administrator.";

/**
 * Three calls that change nothing. Reading orders proves the key; throws `unauthorized` when it is
 * refused. An update of order 0, which no shop has, passes WooCommerce's check of the key's
 * permissions before it is found missing, so only a key that may not write is refused there.
 * Reading webhooks needs a user who manages the shop. The version is that of the newest order.
 */
export const check = async (call: WooCall): Promise<ConnectionReport> => {
  const orders = await unlessPage(ask(call, "GET", "/orders", { query: { per_page: 1 } }));
  if (orders === null || orders.status === 404) return failed(noApi);
  if (!answered(orders)) return failed(refusal(orders).message);
  let version: string | null;
  try {
    const [newest] = orders.json(z.array(z.object({ version: z.string().nullish() })));
    version = newest?.version ?? null;
  } catch (failure) {
    if (failure instanceof ConnectorFailure && failure.kind === "bad_response") {
      return failed(noApi);
    }
    throw failure;
  }
  const mayOnlyRead = await mayNot(ask(call, "PUT", "/orders/0", { body: {} }));
  const noHooks = await mayNot(ask(call, "GET", "/webhooks", { query: { per_page: 1 } }));
  const problems = [...(mayOnlyRead ? [readOnly] : []), ...(noHooks ? [noWebhooks] : [])];
  return {
    // Without webhooks all still works, at the pace of the downloads.
    ok: !mayOnlyRead,
    vendor: version ? `WooCommerce ${version}` : "WooCommerce",
    problems,
  };
};

const failed = (problem: string): ConnectionReport => ({
  ok: false,
  vendor: null,
  problems: [problem],
});

const unlessPage = (asked: Promise<VendorAnswer>): Promise<VendorAnswer | null> =>
  asked.catch((failure: unknown) => {
    if (failure instanceof ConnectorFailure && failure.kind === "bad_response") return null;
    throw failure;
  });

const mayNot = async (asked: Promise<VendorAnswer>): Promise<boolean> => {
  try {
    await asked;
    return false;
  } catch (failure) {
    if (failure instanceof ConnectorFailure && failure.kind === "unauthorized") return true;
    throw failure;
  }
};
