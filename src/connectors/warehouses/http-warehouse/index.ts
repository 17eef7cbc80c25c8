import { ConnectorFailure } from "../../../domain/errors.ts";
import { defineWms } from "../../contract.ts";
import type { ConnectionReport, WebhookVerdict } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import { vendorMessage } from "../../vendor-message.ts";
import { codeOf, get, orderPath, post, pullPage, unexpected } from "./client.ts";
import type { WarehouseCall } from "./client.ts";
import { readProducts, readShipMethods, readShipments, readStock } from "./map.ts";
import { whyUnverified } from "./signature.ts";
import {
  acceptedShape,
  nudgeShape,
  orderStateShape,
  productsPage,
  refusedShape,
  secretsShape,
  settingsShape,
  shipMethodsList,
  shipmentsPage,
  stockPage,
} from "./wire.ts";
import type { Secrets, Settings } from "./wire.ts";

/** Any warehouse that takes JSON over HTTPS; `docs/http-warehouse.md` is the protocol. */
export const httpWarehouse = defineWms<Settings, Secrets>({
  id: "http-warehouse",
  label: "Any warehouse over HTTPS",
  settings: settingsShape,
  secrets: secretsShape,
  limits: { requests: 20, per_ms: 1000, parallel: 6 },
  check,

  orders: {
    async submit(call, { reference, order }, key) {
      // Said in full: a warehouse should not have to know where Dray saves room.
      const bill_to = order.bill_to ?? (order.ship_is_billing ? order.ship_to : undefined);
      const answer = await post(call, "/orders", { reference, ...order, bill_to }, key);
      switch (answer.status) {
        case 200:
        case 201: {
          const accepted = answer.json(acceptedShape);
          if (accepted.reference !== reference) {
            throw new ConnectorFailure(
              "bad_response",
              "POST /orders was answered for another reference",
              { place: "reference" },
            );
          }
          return { kind: "accepted", wms_order_id: accepted.id };
        }
        case 409:
          if (codeOf(answer) === "duplicate") return { kind: "duplicate" };
          throw unexpected(answer, "POST /orders");
        case 422: {
          const { code } = answer.json(refusedShape);
          const message = said(call, answer);
          return { kind: "refused", code: code === "item_code" ? "code" : code, message };
        }
        default:
          throw unexpected(answer, "POST /orders");
      }
    },

    async find(call, reference) {
      const answer = await get(call, orderPath(reference));
      if (answer.status === 200) {
        const found = answer.json(orderStateShape);
        return { wms_order_id: found.id, status: found.status };
      }
      // A proxy's 404 page would make us send again what is there: only the warehouse's own word counts.
      if (answer.status === 404 && codeOf(answer) === "not_found") return null;
      throw unexpected(answer, "GET /orders/{reference}");
    },
  },

  shipments: {
    pull: (call, request) => pullPage(call, "/shipments", request, shipmentsPage, readShipments),
  },
  stock: {
    pull: (call, request) => pullPage(call, "/stock", request, stockPage, readStock),
  },
  products: {
    pull: (call, request) => pullPage(call, "/products", request, productsPage, readProducts),
  },
  shipMethods: {
    async list(call) {
      const answer = await get(call, "/ship-methods");
      // A warehouse need not serve this path.
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw unexpected(answer, "GET /ship-methods");
      return readShipMethods(answer.json(shipMethodsList).ship_methods);
    },
  },

  async cancel(call, reference) {
    const answer = await post(
      call,
      `${orderPath(reference)}/cancel`,
      { reference },
      `cancel_${reference}`,
    );
    if (answer.status === 200) {
      const { status } = answer.json(orderStateShape);
      if (status === "cancelled") return { kind: "cancelled" };
      throw new ConnectorFailure("bad_response", `The cancelled order is ${status}`, {
        place: "status",
      });
    }
    if (answer.status === 409 || answer.status === 404) {
      const code = codeOf(answer);
      if (code === "too_late") {
        const message = said(call, answer) || "The warehouse says it is too late.";
        return { kind: "too_late", message };
      }
      // What the warehouse never had, it will not ship.
      if (code === "not_found") return { kind: "cancelled" };
    }
    throw unexpected(answer, "POST /orders/{reference}/cancel");
  },

  webhooks: {
    async receive(headers, body, keys, clock) {
      const reason = await whyUnverified(headers, body, keys, clock.now());
      return reason === null ? readNudge(body) : { kind: "rejected", reason };
    },
  },
});

/** The warehouse's own words, without what it may have echoed of ours. */
const said = ({ secrets }: WarehouseCall, answer: VendorAnswer): string =>
  vendorMessage(answer.text, [secrets.api_token, secrets.signing_secret]);

/** Throws `unauthorized` when the token is refused. */
async function check(call: WarehouseCall): Promise<ConnectionReport> {
  try {
    const answer = await get(call, "/products?limit=1");
    if (answer.status !== 200) throw unexpected(answer, "GET /products");
    answer.json(productsPage);
    return { ok: true, vendor: answer.headers.get("x-warehouse"), problems: [] };
  } catch (failure) {
    const problem = failure instanceof ConnectorFailure ? problemOf(failure) : null;
    if (problem === null) throw failure;
    return { ok: false, vendor: null, problems: [problem] };
  }
}

/** Null for what the caller knows how to take: a refused token, and trouble that passes by itself. */
function problemOf(failure: ConnectorFailure): string | null {
  switch (failure.kind) {
    case "bad_request":
    case "bad_response":
      return `The base URL does not answer as the protocol says: ${failure.message}.`;
    default:
      return null;
  }
}

function readNudge(body: Uint8Array<ArrayBuffer>): WebhookVerdict {
  const read = nudgeShape.safeParse(parsed(body));
  if (!read.success) return ignored("the message has no type");
  const { type, data } = read.data;
  switch (type) {
    case "shipment.created":
      return { kind: "nudges", nudges: [{ kind: "shipments" }] };
    case "stock.changed":
      return { kind: "nudges", nudges: [{ kind: "stock" }] };
    case "order.cancelled":
      return data?.reference
        ? { kind: "nudges", nudges: [{ kind: "order_cancelled", reference: data.reference }] }
        : ignored("order.cancelled without data.reference");
    default:
      return ignored("a type that Dray does not know");
  }
}

const ignored = (reason: string): WebhookVerdict => ({ kind: "ignored", verified: true, reason });

function parsed(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
