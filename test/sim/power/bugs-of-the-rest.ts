import type { Bug } from "./plant.ts";

/** Mistakes with shipments, between merchants, with secrets, and about who did what. */
export const bugsOfTheRest: readonly Bug[] = [
  {
    name: "a shipment is told again without asking whether it is shown",
    file: "sync/confirm-shipments.ts",
    breaks: "I12",
    edits: [["(maybeThere || shipment.voided ?", "(shipment.voided ?"]],
  },
  {
    name: "a cart's plain no leaves nothing open",
    file: "sync/posted-shipment.ts",
    breaks: "I12",
    edits: [["      unknown: true,\n", '      unknown: trouble.kind !== "refused",\n']],
  },
  {
    name: "a throttled confirmation leaves nothing open",
    file: "sync/confirm-shipments.ts",
    breaks: "I12",
    edits: [["      doubtShipments(merchant_id, dispatch.id, fence, slice.doubted),\n", ""]],
  },
  {
    name: "the cursor of a pickup moves before its shipments are stored",
    file: "sync/pick-up-shipments.ts",
    breaks: "I12",
    edits: [
      [
        "  const done =\n    plans.length === 0",
        "  if (plans.length > 0) await commit(db, [cursor]);\n  const done =\n    plans.length === 0",
      ],
      ["          ),\n          cursor,\n        ]);", "          ),\n        ]);"],
    ],
  },
  {
    name: "shipments are stored without the page of work that tells of them",
    file: "sync/pick-up-shipments.ts",
    breaks: "I17",
    edits: [["          insertDispatches(merchantId, dispatches),\n", ""]],
  },
  {
    name: "the sweep forgets shipments that are due",
    file: "sync/sweep.ts",
    breaks: "I17",
    edits: [['      ["confirmations", () => requeue("confirmation")],\n', ""]],
  },
  {
    name: "a correction that comes while its parcel is told is lost",
    file: "store/shipments.ts",
    breaks: "I12",
    edits: [
      [
        "state = CASE shipments.version WHEN j.value->>'version' THEN j.value->>'state' ELSE 'due' END,",
        "state = j.value->>'state',",
      ],
    ],
  },
  {
    name: "the same parcel told again is a new one",
    file: "sync/pick-up-shipments.ts",
    breaks: "I12",
    edits: [
      [
        'id: stableId("shp", wmsId, shipment.wms_shipment_id),',
        'id: stableId("shp", wmsId, shipment.wms_shipment_id, String(now % 2)),',
      ],
    ],
  },
  {
    name: "parcels find their orders by reference, whosever they are",
    file: "store/orders.ts",
    breaks: "I11",
    edits: [
      [
        "CROSS JOIN orders o\n        WHERE o.merchant_id = ${merchantId} AND o.cust_ref = j.value`,\n  );\n\n/** The merchant's orders with these ids.",
        "CROSS JOIN orders o\n        WHERE o.cust_ref = j.value`,\n  );\n\n/** The merchant's orders with these ids.",
      ],
    ],
  },
  {
    name: "an order is shown whosever it is",
    file: "store/orders.ts",
    breaks: "I11",
    edits: [
      ["WHERE o.merchant_id = ${merchantId} AND o.id = ${orderId}`,", "WHERE o.id = ${orderId}`,"],
    ],
  },
  {
    name: "a connection is opened whosever it is",
    file: "store/connections.ts",
    breaks: "I11",
    edits: [
      [
        "FROM ${connections} WHERE merchant_id = ${merchantId} AND id = ${connectionId}`,",
        "FROM ${connections} WHERE id = ${connectionId}`,",
      ],
    ],
  },
  {
    name: "the connections of all merchants are one list",
    file: "store/connections.ts",
    breaks: "I11",
    edits: [
      [
        "FROM ${connections} WHERE merchant_id = ${merchantId} ORDER BY id`,",
        "FROM ${connections} ORDER BY id`,",
      ],
    ],
  },
  {
    name: "the log keeps what was sent to a vendor",
    file: "platform/http.ts",
    breaks: "I11",
    edits: [
      [
        "          ...request.labels,\n",
        "          ...request.labels,\n          sent: request.body,\n",
      ],
    ],
  },
  {
    name: "the log keeps the credentials that somebody entered",
    file: "sync/replace-secrets.ts",
    breaks: "I16",
    edits: [['    changed: ["credentials"],', "    changed: Object.values(given),"]],
  },
  {
    name: "the refusal of a vendor is kept with what it was asked with",
    file: "connectors/vendor-http.ts",
    breaks: "I16",
    edits: [
      [
        'return fail(\n      "unauthorized",\n      moved',
        'return fail(\n      "unauthorized",\n      secrets.length > 0 ? secrets.join(" ") : moved',
      ],
    ],
  },
  {
    name: "only the first of SEAL_KEYS opens anything",
    file: "platform/sealing.ts",
    breaks: "KEYS",
    edits: [["keys.find((one) => one.id === id)", "keys.slice(0, 1).find((one) => one.id === id)"]],
  },
  {
    name: "a data key that was wrapped for one merchant is another's",
    file: "store/merchants.ts",
    breaks: "KEYS",
    edits: [
      [
        "WHERE id = ${merchantId} AND data_key = ${before}",
        "WHERE data_key = ${before} OR id > ${merchantId}",
      ],
    ],
  },
  {
    name: "many orders at once leave no audit",
    file: "sync/order-bulk.ts",
    breaks: "I15",
    edits: [["statements: [audit],", "statements: [],"]],
  },
  {
    name: "a change of settings leaves no audit",
    file: "sync/change-connection.ts",
    breaks: "I15",
    edits: [["    ...entries.map((entry) => insertAudit(merchantId, entry, unchanged)),\n", ""]],
  },
  {
    name: "the timeline does not say who did it",
    file: "domain/actor.ts",
    breaks: "I15",
    edits: [["`${name} (${user})`", 'name === "" ? user : "somebody"']],
  },
  {
    name: "when a send is tried again is left to dice that no seed throws",
    file: "domain/retry.ts",
    breaks: "I18",
    edits: [
      [
        "  const at = onTick(now + DELIVERY_RETRY_MS);",
        "  const at = onTick(now + DELIVERY_RETRY_MS) + Math.floor(Math.random() * 3) * TICK_MS;",
      ],
    ],
  },
  {
    name: "a level that a shop refuses is no alert",
    file: "sync/push-stock.ts",
    breaks: "I6",
    edits: [["    ...raiseAlerts(merchant_id, causes, { at }),\n", ""]],
  },
  {
    name: "a shop takes a level, and its alert stays",
    file: "sync/push-stock.ts",
    breaks: "I6",
    edits: [['    close("set", "The cart took a level of this SKU."),\n', ""]],
  },
  {
    name: "levels count as set whatever the shop says",
    file: "connectors/carts/woocommerce/stock.ts",
    breaks: "I6",
    edits: [
      [
        "if (row) return [level, outcomeOf(row, level)];",
        'if (row) return [level, { kind: "set" }];',
      ],
    ],
  },
  {
    name: "who set levels is not on record",
    file: "sync/push-stock.ts",
    breaks: "I15",
    edits: [['act: "stock_set",', 'act: "stock_seen",']],
  },
];
