import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  readProducts,
  readShipMethods,
  readShipments,
  readStock,
} from "../../../../src/connectors/warehouses/http-warehouse/map.ts";
import * as wire from "../../../../src/connectors/warehouses/http-warehouse/wire.ts";
import { ConnectorFailure } from "../../../../src/domain/errors.ts";
import { addressShape, orderLineShape, orderShape } from "../../../../src/domain/order.ts";
import { fieldsOf } from "../../shape-fields.ts";
import { callWith, clock, NOW, WEBHOOK_SECRET, wms, wmsOrder } from "./wms.ts";

/** Put `probe` into the field and `is` appears at `at` of what the connector makes of the message. */
type Verdict =
  | { verdict: "mapped"; probe: unknown; at: string; is: unknown }
  | { verdict: "dropped"; because: string };

const mapped = (at: string, probe: unknown, is: unknown = probe): Verdict => ({
  verdict: "mapped",
  probe,
  at,
  is,
});
const dropped = (because: string): Verdict => ({ verdict: "dropped", because });

type ShapeName = Exclude<keyof typeof wire, "settingsShape" | "secretsShape">;
const wireShapes: Record<ShapeName, z.ZodType> = wire;

interface Message {
  /** Our shapes of it. */
  shapes: readonly ShapeName[];
  sample: Record<string, unknown>;
  read(message: unknown): unknown;
  fields: Record<string, Verdict>;
}

const answering = (status: number, body: unknown) => callWith(() => ({ status, body })).call;

/** Everything that a warehouse may say, under its name in the OpenAPI file. */
const messages: Record<string, Message> = {
  Shipment: {
    shapes: ["shipmentRow"],
    sample: {
      id: "S-1",
      reference: "A1",
      status: "shipped",
      lines: [{ line_id: "5", sku: "MUG", quantity: 1 }],
    },
    read: (row) => readShipments([row]).items[0],
    fields: {
      id: mapped("wms_shipment_id", "S-9"),
      reference: mapped("reference", "B2"),
      status: mapped("status", "voided"),
      tracking_number: mapped("tracking_number", "1Z999"),
      tracking_url: mapped("tracking_url", "https://track.example/1Z999"),
      carrier: mapped("carrier", "UPS"),
      service: mapped("service", "Ground"),
      shipped_at: mapped(
        "shipped_at",
        "2026-11-21T16:04:05+01:00",
        Date.UTC(2026, 10, 21, 15, 4, 5),
      ),
      "lines[].line_id": mapped("lines.0.line_id", "6"),
      "lines[].sku": mapped("lines.0.sku", "TEE"),
      "lines[].quantity": mapped("lines.0.quantity", 3),
      closes_order: mapped("closes_order", true),
    },
  },
  CancelledOrder: {
    shapes: ["cancelledRow"],
    sample: { id: "C-1", reference: "A1", status: "cancelled" },
    read: (row) => readShipments([row]),
    fields: {
      id: dropped("the same row again calls the same order off"),
      reference: mapped("cancelled.0.reference", "B2"),
      status: mapped("skipped.0.reason", "shipped", "bad_response"),
      reason: mapped("cancelled.0.reason", "Broken"),
    },
  },
  StockLevel: {
    shapes: ["stockRow"],
    sample: { sku: "MUG", quantity: 1 },
    read: (row) => readStock([row]).items[0],
    fields: {
      sku: mapped("sku", "TEE"),
      warehouse: mapped("warehouse", "east"),
      quantity: mapped("quantity", 42),
      as_of: mapped("as_of", "2026-11-21T15:00:00Z", Date.UTC(2026, 10, 21, 15)),
    },
  },
  Product: {
    shapes: ["productRow"],
    sample: { sku: "MUG" },
    read: (row) => readProducts([row]).items[0],
    fields: {
      sku: mapped("sku", "TEE"),
      name: mapped("name", "Tee 🎽"),
      barcodes: mapped("barcodes", ["4006381333931"]),
    },
  },
  PageEnd: {
    shapes: ["shipmentsPage", "stockPage", "productsPage"],
    sample: { shipments: [], stock: [], products: [], next_cursor: "5", has_more: false },
    read: (page) => wms.shipments.pull(answering(200, page), { cursor: "4", limit: 10 }),
    fields: {
      next_cursor: mapped("next", "6"),
      has_more: mapped("drained", true, false),
    },
  },
  Accepted: {
    shapes: ["acceptedShape"],
    sample: { id: "W-1", reference: "A1" },
    read: (answer) => wms.orders.submit(answering(201, answer), wmsOrder("A1"), "key"),
    fields: {
      id: mapped("wms_order_id", "W-9"),
      // Compared with what was sent: an answer for another order is none.
      reference: mapped("failure", "B2", "bad_response"),
    },
  },
  Refused: {
    shapes: ["refusedShape"],
    sample: { code: "other", message: "No" },
    read: (answer) => wms.orders.submit(answering(422, answer), wmsOrder("A1"), "key"),
    fields: {
      code: mapped("code", "item_code", "code"),
      message: mapped("message", "No such zip code"),
    },
  },
  Problem: {
    shapes: ["problemShape"],
    sample: { code: "too_late", message: "No" },
    read: (answer) => wms.cancel?.(answering(409, answer), "A1"),
    fields: {
      code: mapped("kind", "not_found", "cancelled"),
      message: mapped("message", "The parcel has left"),
    },
  },
  OrderState: {
    shapes: ["orderStateShape"],
    sample: { id: "W-1", reference: "A1", status: "open" },
    read: (answer) => wms.orders.find(answering(200, answer), "A1"),
    fields: {
      id: mapped("wms_order_id", "W-9"),
      reference: dropped("the question named it, in the path"),
      status: mapped("status", "cancelled"),
    },
  },
  ShipMethod: {
    shapes: ["shipMethodRow", "shipMethodsList"],
    sample: { code: "GND" },
    read: (row) => readShipMethods([row]).items[0],
    fields: {
      code: mapped("code", "AIR"),
      name: mapped("name", "By air"),
      carrier: mapped("carrier", "UPS"),
    },
  },
  Nudge: {
    shapes: ["nudgeShape"],
    sample: {
      type: "order.cancelled",
      timestamp: "2026-11-21T12:00:00Z",
      data: { reference: "A1" },
    },
    read: (nudge) => receive(JSON.stringify(nudge)),
    fields: {
      type: mapped("nudges.0.kind", "shipment.created", "shipments"),
      timestamp: dropped("the signature's own timestamp is judged"),
      "data.reference": mapped("nudges.0.reference", "B2"),
    },
  },
};

/** What Dray sends, and its shapes; what is left off the line is not sent. */
const outgoing: Record<string, readonly string[]> = {
  Order: ["reference", ...Object.keys(orderShape.omit({ cart_lines: true }).shape)],
  OrderLine: Object.keys(
    orderLineShape.omit({ filtered: true, digital: true, left_out: true }).shape,
  ),
  Address: Object.keys(addressShape.shape),
  AddressCheck: Object.keys(orderShape.shape.address_check.unwrap().shape),
  Currency: Object.keys(orderShape.shape.currency.shape),
};

const receive = (body: string) => {
  const headers = new Headers({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(NOW / 1000),
    "webhook-signature": new Webhook(WEBHOOK_SECRET).sign("msg_1", new Date(NOW), body),
  });
  const bytes = Uint8Array.from(new TextEncoder().encode(body));
  return wms.webhooks?.receive(headers, bytes, [WEBHOOK_SECRET], clock);
};

/** The fields of each schema in the OpenAPI file that hold no others; schemas that are one value have none. */
function documented(): Map<string, string[]> {
  const file = join(import.meta.dirname, "../../../../docs/http-warehouse.openapi.yaml");
  const text = /\n {2}schemas:\n(.*?)\n {2}\w/s.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const found = new Map<string, string[]>();
  const above: { indent: number; key: string; path: string; field: boolean }[] = [];
  for (const line of text.split("\n")) {
    const [, space = "", key = ""] = /^( *)(\w+):/.exec(line) ?? [];
    if (key === "") continue;
    while ((above.at(-1)?.indent ?? -1) >= space.length) above.pop();
    const parent = above.at(-1);
    const inFields = parent?.key === "properties" && !parent.field;
    const path = inFields
      ? [parent.path, key].filter(Boolean).join(".")
      : `${parent?.path ?? ""}${key === "items" && parent?.field ? "[]" : ""}`;
    const [schema] = above;
    if (schema === undefined) found.set(key, []);
    else if (inFields) found.get(schema.key)?.push(path);
    above.push({ indent: space.length, key, path, field: inFields });
  }
  for (const [schema, paths] of found)
    found.set(
      schema,
      paths.filter(
        (path) =>
          !paths.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`)),
      ),
    );
  return found;
}

const put = (message: unknown, path: string, value: unknown): void => {
  const steps = path.replaceAll("[]", ".0").split(".");
  const last = steps.pop() ?? "";
  const target = steps.reduce((at, step) => Reflect.get(at as object, step) as unknown, message);
  Reflect.set(target as object, last, value);
};

const at = (value: unknown, path: string): unknown =>
  path.split(".").reduce((found, step) => (found as Record<string, unknown>)?.[step], value);

/** What the connector makes of a message; a failure is told by its kind. */
async function outcome({ sample, read }: Message, field?: string, probe?: unknown) {
  const message = structuredClone(sample);
  if (field !== undefined) put(message, field, probe);
  try {
    return await read(message);
  } catch (error) {
    if (error instanceof ConnectorFailure) return { failure: error.kind };
    throw error;
  }
}

describe("every field of the protocol", () => {
  const described = documented();

  test("that the OpenAPI file describes has a verdict here, or is sent by Dray", () => {
    const known = new Map(Object.entries(outgoing));
    for (const [name, { fields }] of Object.entries(messages)) known.set(name, Object.keys(fields));
    const seen = [...described].filter(([, fields]) => fields.length > 0);
    expect(seen.map(([name]) => name).toSorted()).toEqual([...known.keys()].toSorted());
    for (const [name, fields] of seen)
      expect(fields.toSorted(), name).toEqual(known.get(name)?.toSorted());
  });

  test("that our shapes read is described in the OpenAPI file", () => {
    const shapes = Object.keys(wire).filter(
      (name) => name !== "settingsShape" && name !== "secretsShape",
    );
    const named = Object.values(messages).flatMap(({ shapes: own }) => own);
    expect(named.toSorted()).toEqual(shapes.toSorted());
    for (const [name, { shapes: own, fields }] of Object.entries(messages))
      for (const shape of own) {
        // A page's rows are judged one by one, as messages of their own.
        const rows = ["shipments", "stock", "products", "ship_methods"];
        const read = fieldsOf(wireShapes[shape]).filter((field) => !rows.includes(field));
        expect(Object.keys(fields), `${name} as ${shape}`).toEqual(expect.arrayContaining(read));
      }
  });

  for (const [name, message] of Object.entries(messages))
    for (const [field, verdict] of Object.entries(message.fields))
      if (verdict.verdict === "dropped")
        test(`${name}: ${field} is dropped: ${verdict.because}`, async () => {
          expect(verdict.because).not.toBe("");
          expect(await outcome(message, field, "probe")).toEqual(await outcome(message));
        });
      else
        test(`${name}: ${field} is mapped to ${verdict.at}`, async () => {
          expect(at(await outcome(message), verdict.at)).not.toEqual(verdict.is);
          expect(at(await outcome(message, field, verdict.probe), verdict.at)).toEqual(verdict.is);
        });
});
