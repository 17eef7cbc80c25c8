import { expect } from "vitest";
import { connectionKinds } from "../../../src/domain/alerts.ts";
import type { World } from "../world.ts";
import { stored } from "./between-steps.ts";

type Row = Record<string, unknown>;

/** Everything that decides what is wrong, read without any of the statements that keep the alerts. */
async function everything({ merchant: { merchantId } }: World) {
  const of = (columns: string, table: string) =>
    stored(`SELECT ${columns} FROM ${table} WHERE merchant_id = '${merchantId}'`);
  return {
    orders: await of("*, substr(timeline, -600) AS story", "orders"),
    deliveries: await of("*", "deliveries"),
    shipments: await of("*", "shipments"),
    alerts: await of("*", "alerts"),
    listed: await of("*", "alert_orders"),
    dispatches: await of("*", "dispatches"),
    connections: await of("*", "connections"),
    jobs: await of("*", "jobs"),
  };
}
type All = Awaited<ReturnType<typeof everything>>;

const isFailing = (all: All, order: Row): boolean => {
  const delivery = all.deliveries.find(({ order_id }) => order_id === order["id"]);
  return (
    delivery !== undefined &&
    (order["status"] === "new" || order["status"] === "error") &&
    order["cleared_at"] === null &&
    (order["sending_canceled"] === 0 || delivery["unknown"] === 1) &&
    delivery["last_error"] !== null &&
    delivery["state"] !== "accepted" &&
    delivery["state"] !== "canceled"
  );
};

const untold = (all: All, order: Row): Row[] =>
  all.shipments.filter(
    ({ order_id, last_error, state }) =>
      order_id === order["id"] &&
      last_error !== null &&
      ["queued", "due", "given_up"].includes(String(state)),
  );

const isSeen = (order: Row): boolean =>
  order["status"] !== "canceled" && order["cleared_at"] === null;

/** Why an order is to be listed somewhere. */
function reasons(all: All, order: Row): string[] {
  return [
    ...(isFailing(all, order) ? ["sending"] : []),
    ...(untold(all, order).length > 0 ? ["tracking"] : []),
    ...(isSeen(order) && order["changed_after_sending"] === 1 ? ["changed_after_sending"] : []),
    ...(isSeen(order) && order["too_late_to_cancel"] === 1 ? ["too_late_to_cancel"] : []),
    ...(order["kept_in_cart"] === 1 && order["cleared_at"] === null ? ["kept_in_cart"] : []),
    ...(isSeen(order) &&
    order["possible_duplicate"] === 1 &&
    ["new", "error"].includes(String(order["status"]))
      ? ["possible_duplicate"]
      : []),
  ];
}

/** Why it may be listed; whether calling it off failed is not stored. */
const mayBe = (all: All, order: Row): string[] => [
  ...reasons(all, order),
  ...(order["cancel_wanted"] === null ? [] : ["calling_off"]),
];

const isConnectionKind = (kind: unknown): boolean => connectionKinds.some((one) => one === kind);

/** What is wrong with the books of what is wrong; nothing, if they are right. */
function faults(all: All): string[] {
  const found: string[] = [];
  const name = (order: Row | undefined) =>
    `${String(order?.["cust_ref"])} (${String(order?.["status"])})`;
  for (const alert of all.alerts) {
    const { id, kind, subject, state, waiting } = alert;
    const listed = all.listed.filter(({ alert_id }) => alert_id === id);
    const what = `${String(kind)} ${String(subject)} (${String(state)})`;
    if (waiting !== listed.length)
      found.push(`${what} counts ${String(waiting)} orders and lists ${listed.length}`);
    if (state === "resolved" && listed.length > 0) found.push(`${what} is over and lists orders`);
    for (const { order_id, about } of listed) {
      const order = all.orders.find((one) => one["id"] === order_id);
      if (!order || !mayBe(all, order).includes(String(about)))
        found.push(`${what} lists ${name(order)}, with which nothing is wrong`);
      const of = String(subject).split("/")[1];
      if (
        order &&
        ["tracking", "tracking_given_up"].includes(String(kind)) &&
        !untold(all, order).some((shipment) => shipment["id"] === of)
      )
        found.push(`${what} lists ${name(order)} for a shipment that nothing is wrong with`);
    }
    if (state === "resolved" || listed.length > 0) continue;
    const connection = all.connections.find((one) => one["id"] === subject);
    if (isConnectionKind(kind)) {
      if (connection?.["health"] === "healthy") found.push(`${what} is open of what works`);
    } else if (!["stock", "no_contact", "dead_letter"].includes(String(kind)))
      found.push(`${what} is open, and nothing waits on it`);
  }
  for (const order of all.orders) {
    const listed = all.listed.filter(({ order_id }) => order_id === order["id"]);
    for (const reason of reasons(all, order))
      if (!listed.some(({ about }) => about === reason))
        found.push(`${name(order)} is listed nowhere for ${reason}: ${String(order["story"])}`);
    if (order["status"] === "error" && order["cleared_at"] === null && listed.length === 0)
      found.push(`${name(order)} is in error and listed nowhere`);
  }
  for (const { id, health, name: called } of all.connections)
    if (
      health !== "healthy" &&
      !all.alerts.some(
        (alert) =>
          isConnectionKind(alert["kind"]) &&
          alert["subject"] === id &&
          alert["state"] !== "resolved",
      )
    )
      found.push(`${String(called)} is ${String(health)} without an alert`);
  return found;
}

/** A page that rests although its connection and its job do not, with nobody who will wake it. */
function forgotten(all: All): string[] {
  return all.dispatches.flatMap(({ connection_id, kind, due_at }) => {
    const job =
      String(kind) === "delivery" || kind === "wms_cancel" ? "order-delivery" : "tracking-upload";
    const rests = all.jobs.some(
      (one) =>
        one["connection_id"] === connection_id &&
        one["job"] === job &&
        (one["enabled"] === 0 || one["suspended"] === 1),
    );
    const probes = all.connections.some(
      (one) => one["id"] === connection_id && one["probe_at"] !== null,
    );
    return due_at === null && !rests && !probes
      ? [`a page of kind ${String(kind)} is never woken`]
      : [];
  });
}

/**
 * The laws of alerts, by all that is stored: the count is the list, what is listed is wrong, what is wrong
 * is listed, what is open has a cause, and no page of work is forgotten.
 */
export async function expectLaws(world: World, after: string): Promise<void> {
  const all = await everything(world);
  expect({ after, faults: [...faults(all), ...forgotten(all)] }).toEqual({ after, faults: [] });
}
