import fc from "fast-check";
import { expect, test } from "vitest";
import type { IncomingShipment } from "../../../src/domain/incoming.ts";
import type { OrderLine } from "../../../src/domain/order.ts";
import {
  later,
  planShipments,
  shippedByLine,
  type Shipment,
} from "../../../src/domain/shipping.ts";
import { incomingShipment, NOW } from "./samples.ts";

const skus = ["MUG", "TEE", "HAT"];

const orderLines = fc
  .array(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) => all.map((one, at): OrderLine => ({ line_id: `L${at}`, line_no: at + 1, ...one })));

const quantity = fc.integer({ min: 1, max: 5 });
const byId = fc.record({
  line_id: fc.constantFrom("L0", "L1", "L2", "L3", "other"),
  sku: fc.option(fc.constantFrom(...skus, "GIFT")),
  quantity,
});
const bySku = fc.record({
  line_id: fc.constant(null),
  sku: fc.constantFrom(...skus, "GIFT"),
  quantity,
});

type Message = { parcel: string } & Pick<
  IncomingShipment,
  "status" | "tracking_number" | "lines" | "closes_order"
>;
const messageOf = (lines: fc.Arbitrary<Message["lines"]>): fc.Arbitrary<Message> =>
  fc.record({
    parcel: fc.constantFrom("A", "B", "C"),
    status: fc.constantFrom("shipped" as const, "shipped" as const, "voided" as const),
    tracking_number: fc.option(fc.constantFrom("T1", "T2")),
    lines,
    closes_order: fc.boolean(),
  });
const linesOf = (one: typeof byId | typeof bySku) =>
  fc.array<NonNullable<Message["lines"]>[number]>(one, { maxLength: 3 });
const styles = [linesOf(byId), linesOf(bySku), fc.constant(null)];
const message = fc.oneof(...styles.map(messageOf));
/** A warehouse names lines by our ids, by SKU, or not at all. */
const messages = fc
  .constantFrom(...styles)
  .chain((style) => fc.array(messageOf(style), { minLength: 1, maxLength: 8 }));

const policy = fc.record({
  post_shipments: fc.constantFrom("each" as const, "last" as const),
  untracked_counts: fc.boolean(),
});

const told = ({ parcel, ...more }: Message) => ({
  id: `shp_${parcel}`,
  shipment: incomingShipment({ wms_shipment_id: parcel, ...more }),
});

/** Cuts a story into the pages in which it arrives; a page tells a parcel's last word. */
const paged = fc
  .tuple(messages, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
  .map(([messages, cuts]) =>
    messages.reduce<Message[][]>((pages, one, at) => {
      const page = pages.at(-1);
      if (page && !cuts[at] && page.every(({ parcel }) => parcel !== one.parcel)) page.push(one);
      else pages.push([one]);
      return pages;
    }, []),
  );

interface Story {
  status: Parameters<typeof later>[0];
  shipments: readonly Shipment[];
}

function step(
  lines: readonly OrderLine[],
  story: Story,
  page: readonly Message[],
  rules: Parameters<typeof planShipments>[3],
) {
  const plan = planShipments(
    { status: story.status, lines },
    story.shipments,
    page.map(told),
    rules,
    NOW,
  );
  const stored = new Map(story.shipments.map((shipment) => [shipment.id, shipment]));
  for (const shipment of plan.changed) stored.set(shipment.id, shipment);
  return { plan, story: { status: plan.status, shipments: [...stored.values()] } };
}

const start: Story = { status: "at_wms", shipments: [] };

test("never more of a line is shipped than was ordered, whatever arrives in whatever order", () => {
  fc.assert(
    fc.property(orderLines, paged, policy, (lines, pages, rules) => {
      let story: Story = start;
      for (const page of pages) {
        ({ story } = step(lines, story, page, rules));
        const shipped = shippedByLine(story.shipments);
        for (const { line_id, quantity } of lines)
          expect(shipped.get(line_id) ?? 0).toBeLessThanOrEqual(quantity);
      }
    }),
  );
});

test("what a parcel was said to hold is either in lines of the order or surplus, nothing gets lost", () => {
  fc.assert(
    fc.property(orderLines, message, policy, (lines, one, rules) => {
      const { plan } = step(lines, start, [one], rules);
      const body = plan.changed[0]?.body;
      const sum = (rows: readonly { quantity: number }[] = []) =>
        rows.reduce((total, { quantity }) => total + quantity, 0);
      expect(sum(body?.lines) + sum(body?.surplus)).toBe(sum(one.lines ?? lines));
    }),
  );
});

test("an order's status never moves back, whatever the warehouse tells", () => {
  fc.assert(
    fc.property(orderLines, paged, policy, (lines, pages, rules) => {
      let story: Story = start;
      for (const page of pages) {
        const before = story.status;
        ({ story } = step(lines, story, page, rules));
        expect(later(before, story.status)).toBe(story.status);
      }
    }),
  );
});

test("what was told is told again without a change and without a word", () => {
  fc.assert(
    fc.property(orderLines, paged, policy, (lines, pages, rules) => {
      let story: Story = start;
      for (const page of pages) {
        ({ story } = step(lines, story, page, rules));
        const { plan } = step(lines, story, page, rules);
        expect(plan).toEqual({ changed: [], status: story.status, entries: [] });
      }
    }),
  );
});

test("a shipment's version rises with each change of what is to be shown, and only then", () => {
  fc.assert(
    fc.property(orderLines, paged, policy, (lines, pages, rules) => {
      let story: Story = start;
      for (const page of pages) {
        const before = new Map(story.shipments.map((shipment) => [shipment.id, shipment]));
        const next = step(lines, story, page, rules);
        for (const shipment of next.plan.changed) {
          const was = before.get(shipment.id);
          if (!was) continue;
          const same =
            was.voided === shipment.voided &&
            JSON.stringify(was.body) === JSON.stringify(shipment.body);
          expect(shipment.version > was.version).toBe(!same);
        }
        story = next.story;
      }
    }),
  );
});

test("parcels that fit the order end the same in whatever order they arrive", () => {
  const fitting = orderLines.chain((lines) =>
    fc.tuple(...lines.map(({ quantity }) => fc.nat(quantity))).chain((inFirst) => {
      const parcel = (name: string, of: (at: number) => number): Message => ({
        parcel: name,
        status: "shipped",
        tracking_number: "T1",
        lines: lines.map((line, at) => ({ line_id: line.line_id, sku: null, quantity: of(at) })),
        closes_order: false,
      });
      const first = parcel("A", (at) => inFirst[at] ?? 0);
      const second = parcel("B", (at) => (lines[at]?.quantity ?? 0) - (inFirst[at] ?? 0));
      return fc.tuple(fc.constant(lines), fc.constant([first, second] as const));
    }),
  );
  fc.assert(
    fc.property(fitting, policy, ([lines, [a, b]], rules) => {
      const end = (messages: readonly Message[]) => {
        let story: Story = start;
        for (const one of messages) ({ story } = step(lines, story, [one], rules));
        return {
          status: story.status,
          shipments: story.shipments.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
        };
      };
      expect(end([a, b])).toEqual(end([b, a]));
    }),
  );
});
