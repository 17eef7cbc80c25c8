import { seenOf } from "../domain/address-limits.ts";
import {
  checkAddress,
  withVerdict,
  type AddressCheck,
  type AddressProblem,
} from "../domain/address-rules.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import type { CheckStep, OrderCheck, OrderToCheck } from "./check-orders.ts";
import type { Deps } from "./deps.ts";

/** Holds orders that do not say where to send them, or not in a way that their WMS takes. */
export const addressesChecked: OrderCheck = async (deps, _merchantId, wms, orders) => {
  const limits = wms.connector.addressLimits ?? null;
  const checked = await Promise.all(
    orders.map(async (order) => {
      const check = checkAddress(order.body.ship_to, limits);
      return [order.order_id, await validated(deps, check)] as const;
    }),
  );
  const byId = new Map<string, AddressCheck>(checked);
  return (order) => stepOf(order, byId.get(order.order_id));
};

/** With the word of a service that knows addresses, where there is one and nothing is wrong yet. */
async function validated(deps: Deps, check: AddressCheck): Promise<AddressCheck> {
  if (deps.addressValidator === null || check.holds.length > 0) return check;
  try {
    return withVerdict(check, await deps.addressValidator.validate(check.sent));
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    deps.log.warn("address_not_validated", { kind: error.kind, message: error.message });
    return withVerdict(check, null);
  }
}

function stepOf(order: OrderToCheck, check: AddressCheck | undefined): CheckStep {
  const { body } = order;
  if (check === undefined) return { order: body, holds: [], notes: [] };
  const [first] = check.holds;
  const bill = body.bill_to && seenOf(body.bill_to, " of the billing address");
  const isAsItWas = check.sent === body.ship_to && bill?.address === body.bill_to;
  const message = check.holds.map((problem) => problem.message).join(" ");
  return {
    order: isAsItWas
      ? body
      : { ...body, ship_to: check.sent, ...(bill && { bill_to: bill.address }) },
    notes: [...check.doubts, ...(bill?.doubts ?? [])],
    holds:
      first === undefined
        ? []
        : [
            {
              reason: "address",
              message,
              cause: {
                kind: "address",
                parts: [order.order_id],
                message: null,
                details: {
                  order_number: order.number,
                  problem: message,
                  field: editable(first),
                },
              },
            },
          ],
  };
}

/** The field that an edit names for it. */
function editable({ field }: AddressProblem): string {
  if (field === "name") return "first_name";
  return field === "address" ? "address_1" : field;
}
