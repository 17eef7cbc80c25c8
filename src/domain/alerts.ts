import {
  codeFix,
  codeIs,
  lineFix,
  plain,
  post,
  part,
  told,
  order,
  cart,
  method,
  methodTrouble,
  connection,
  onOrder,
  onConnection,
  dismissal,
  ofConnection,
  type AlertDetails,
  type KindRule,
} from "./alert-rules.ts";
import type { FailureKind } from "./errors.ts";

/**
 * What can be wrong now: a closed table of kinds. One alert is open per (merchant, kind, subject); it
 * closes in the batch that takes its cause away, or by a person. Rules: `docs/alerts.md`.
 */

export const alertStates = ["open", "resolved", "dismissed"] as const;
export type AlertState = (typeof alertStates)[number];

export const alertKinds = {
  ship_method: {
    subject: "cart_method",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `${method(facts)} ${methodTrouble(facts)}`,
    todo: "Say which method of the WMS it is; the orders that wait for it go by themselves then.",
    fix: (facts) => ({
      path: `/carts/${part(facts, 0)}/ship-methods?method=${plain(part(facts, 1))}`,
      api: {
        method: "PUT",
        path: "/api/ship-methods",
        body: {
          cart_id: part(facts, 0),
          items: [
            { match: "exact", value: told(facts, "method", part(facts, 1)), wms_method: null },
          ],
        },
        fill: ["items[0].wms_method"],
      },
    }),
  },
  code: {
    subject: "cart_code",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) =>
      `Code "${told(facts, "code", part(facts, 1))}" of ${cart(facts)} ${codeIs(facts)}`,
    todo: "Make it a product or another code of one, or give its product the code that it lacks; the orders that wait for it go by themselves then.",
    fix: (facts) => ({
      path: `/products?code=${plain(part(facts, 1))}&cart=${part(facts, 0)}`,
      api: codeFix(facts),
    }),
  },
  line_code: {
    subject: "order",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) =>
      `${order(facts)}: ${facts.details["refused"] ? "the WMS does not know a code of it" : `line ${told(facts, "line", "?")} has no code`}`,
    todo: "Give the line the right code, or leave it out.",
    fix: lineFix,
  },
  duplicate_code: {
    subject: "code",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `Code "${told(facts, "code", part(facts, 0))}" is given to several products`,
    todo: "Say which product has it; the orders that wait for it go by themselves then.",
    fix: (facts) => ({
      path: `/products/duplicates?code=${plain(part(facts, 0))}`,
      api: post("/api/alias-duplicates", { code: told(facts, "code", part(facts, 0)), sku: null }, [
        "sku",
      ]),
    }),
  },
  address: {
    subject: "order",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `${order(facts)}: ${told(facts, "problem", "its address cannot be sent to")}`,
    todo: "Correct the address here or in the cart; the order goes by itself then.",
    fix: (facts) => {
      const field = told(facts, "field", "address_1");
      return onOrder("edit", { ship_to: { [field]: null } }, [`ship_to.${field}`])(facts);
    },
  },
  refused: {
    subject: "order",
    severity: "warning",
    retry: "by_itself",
    at_once: false,
    title: (facts) => `${order(facts)}: the WMS does not take it`,
    todo: "Read what the WMS says and mend that; it is sent again every hour, and at once when you say so.",
    fix: onOrder("resend"),
  },
  given_up: {
    subject: "order",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `${order(facts)}: given up after 15 days`,
    todo: "Mend what the WMS says, then send it again: it is tried for 15 more days.",
    fix: onOrder("resend"),
  },
  test_order: {
    subject: "order",
    severity: "warning",
    retry: "person",
    at_once: false,
    title: (facts) => `${order(facts)} is a test order, and the WMS takes none`,
    todo: "Allow test orders in the policy of the WMS connection and send it again, or cancel it.",
    fix: onOrder("cancel"),
  },
  changed_after_sending: {
    subject: "order",
    severity: "warning",
    retry: "person",
    at_once: false,
    title: (facts) => `${order(facts)} was changed in the cart after it was sent`,
    todo: "Tell the warehouse what changed, then dismiss this; or cancel the order.",
    fix: dismissal,
  },
  too_late_to_cancel: {
    subject: "order",
    severity: "error",
    retry: "person",
    at_once: false,
    title: (facts) => `${order(facts)} was called off too late: the warehouse ships it`,
    todo: "Have the parcel stopped or taken back, then dismiss this.",
    fix: dismissal,
  },
  kept_in_cart: {
    subject: "order",
    severity: "warning",
    retry: "person",
    at_once: false,
    title: (facts) => `${order(facts)} was called off, and its cart does not take that`,
    todo: "Call it off in the cart, then dismiss this.",
    fix: dismissal,
  },
  possible_duplicate: {
    subject: "order",
    severity: "warning",
    retry: "person",
    at_once: false,
    title: (facts) => `${order(facts)} may be the same as another cart's`,
    todo: "Release it if it is another order, or cancel it.",
    fix: onOrder("release"),
  },
  tracking: {
    subject: "shipment",
    severity: "warning",
    retry: "by_itself",
    at_once: false,
    title: (facts) => `${order(facts)}: ${cart(facts)} does not take its tracking`,
    todo: "Read what the cart says and mend that; it is posted again by itself.",
    fix: onOrder("resend-tracking"),
  },
  tracking_given_up: {
    subject: "shipment",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `${order(facts)}: its tracking was given up`,
    todo: "Mend what the cart says, then post it again.",
    fix: onOrder("resend-tracking"),
  },
  // The shop goes on selling by an old level, and nobody tries again: more than a warning.
  stock: {
    subject: "cart_sku",
    severity: "error",
    retry: "person",
    at_once: false,
    title: (facts) =>
      `The stock of SKU "${told(facts, "sku", part(facts, 1))}" cannot be set in ${cart(facts)}${facts.details["problem"] ? `: ${facts.details["problem"]}` : ""}`,
    todo: "Mend what it says, in the cart or in the products here, then set the level again.",
    fix: (facts) => ({
      path: `/products?code=${plain(part(facts, 1))}&cart=${part(facts, 0)}`,
      api: {
        method: "PUT",
        path: "/api/stock",
        body: {
          cart_id: part(facts, 0),
          items: [
            {
              sku: told(facts, "sku", part(facts, 1)),
              quantity: facts.details["quantity"] ?? null,
            },
          ],
        },
        fill: [],
      },
    }),
  },
  unauthorized: {
    subject: "connection",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) => `${connection(facts)} does not take our credentials`,
    todo: "Give it new credentials; everything that waits goes on by itself then.",
    fix: onConnection("secrets", { secrets: {} }, ["secrets"]),
  },
  unavailable: ofConnection(
    "is not available",
    "It is tried again by itself; check it if it lasts.",
  ),
  timed_out: ofConnection(
    "does not answer in time",
    "It is tried again by itself; check it if it lasts.",
  ),
  throttled: ofConnection(
    "asks us to slow down",
    "It is tried again when it allows; nothing is lost.",
  ),
  bad_response: ofConnection(
    "answers what nobody can read",
    "It is tried again by itself; if it lasts, look at what answers at its address.",
  ),
  bad_request: ofConnection(
    "refuses what it is asked",
    "Read what it says and correct its settings; it is tried again by itself.",
  ),
  no_contact: {
    subject: "merchant",
    severity: "warning",
    retry: "person",
    at_once: false,
    title: () => "Nobody is told when something goes wrong",
    todo: "Add a contact.",
    fix: () => ({
      path: "/contacts",
      api: post("/api/contacts", { email: null }, ["email"]),
    }),
  },
  dead_letter: {
    subject: "installation",
    severity: "error",
    retry: "person",
    at_once: true,
    title: (facts) =>
      `A message of ${told(facts, "queue", "a queue")} failed through a fault of Dray's own`,
    todo: "Read its cause; replay it once that is mended, or drop it.",
    fix: (facts) => ({
      path: `/dead-letters/${part(facts, 0)}`,
      api: post(`/api/dead-letters/${part(facts, 0)}/replay`),
    }),
  },
} as const satisfies Record<string, KindRule>;

export type AlertKind = keyof typeof alertKinds;
export const alertKindNames = Object.keys(alertKinds) as AlertKind[];

/** The rule of a kind, with every kind's in one type. */
export const ruleOf = (kind: AlertKind): KindRule => alertKinds[kind];

/** What is wrong with a connection itself, by kind of failure. */
export const connectionKinds = [
  "unauthorized",
  "unavailable",
  "timed_out",
  "throttled",
  "bad_response",
  "bad_request",
] as const satisfies readonly FailureKind[] & readonly AlertKind[];
export type ConnectionKind = (typeof connectionKinds)[number];

/** The kind of alert of a failure that one record met: null where it is about that record alone. */
export const kindOfFailure = (failure: FailureKind | "refused"): ConnectionKind | null =>
  failure === "refused" || failure === "bad_request" ? null : failure;

/** Whose alerts are the installation's own. Stands where a merchant's id stands otherwise. */
export const INSTALLATION = "mer_installation" as const;

/** The parts of a subject as one text, whatever characters they have. */
export const subjectOf = (...parts: readonly string[]): string => parts.map(plain).join("/");

/** The parts of a subject again. */
export const partsOfSubject = (subject: string): string[] =>
  subject === "" ? [] : subject.split("/").map(decodeURIComponent);

/** What is wrong with an order as long as it is listed under an alert; see `store/alert-orders.ts`. */
export type About =
  /** It cannot be sent. */
  | "sending"
  /** A shipment of it cannot be posted. */
  | "tracking"
  /** It cannot be called off over there. */
  | "calling_off"
  | "possible_duplicate"
  | "changed_after_sending"
  | "too_late_to_cancel"
  | "kept_in_cart";

/** The kinds of alerts that orders are listed under for the same reason. */
export function aboutOf(kind: AlertKind): About | null {
  switch (kind) {
    case "possible_duplicate":
    case "changed_after_sending":
    case "too_late_to_cancel":
    case "kept_in_cart":
      return kind;
    case "tracking":
    case "tracking_given_up":
      return "tracking";
    case "stock":
    case "no_contact":
    case "dead_letter":
      return null;
    default:
      return "sending";
  }
}

/** Something that is wrong, as it is to be raised. */
export interface Cause {
  kind: AlertKind;
  parts: readonly string[];
  /** The other system's own words. */
  message: string | null;
  details: AlertDetails;
}
