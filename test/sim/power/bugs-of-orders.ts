import type { Bug } from "./plant.ts";

/** Mistakes on the way from a cart into Dray. */
export const bugsOfOrders: readonly Bug[] = [
  {
    name: "the cursor of a download moves before the page is stored",
    file: "sync/download-orders.ts",
    breaks: "I1",
    edits: [
      [
        "const taken = await intakeOrders(deps, cart, page, move);",
        "await commit(await deps.databases.of(merchant_id), [move]);\n      const taken = await intakeOrders(deps, cart, page, null);",
      ],
      [
        'import { moveCursor } from "../store/jobs.ts";',
        'import { moveCursor } from "../store/jobs.ts";\nimport { commit } from "../store/statement.ts";',
      ],
    ],
  },
  {
    name: "a stored place in a shop's trash is where each pull begins",
    file: "connectors/carts/woocommerce/orders.ts",
    breaks: "I1",
    edits: [[" && call.clock.now() - cursor.looked_at < runMs;", ";"]],
  },
  {
    name: "a shop is told dates with a zone",
    file: "connectors/carts/woocommerce/orders.ts",
    breaks: "I1",
    edits: [
      [
        "new Date(ms).toISOString().slice(0, 19);",
        "`${new Date(ms).toISOString().slice(0, 19)}Z`;",
      ],
    ],
  },
  {
    name: "rows of a file that were refused are forgotten",
    file: "sync/import-task.ts",
    breaks: "I4",
    edits: [
      [
        "settleImportChunk(merchant_id, id, seq, kept)",
        "settleImportChunk(merchant_id, id, seq, [])",
      ],
    ],
  },
  {
    name: "an import is told before its rows are stored",
    file: "sync/import-orders.ts",
    breaks: "I4",
    edits: [["...chunks.map((chunk) => insertImportChunk(merchantId, id, chunk)),", ""]],
  },
  {
    name: "what a cart brings is loaded beside what stands for it",
    file: "sync/judge-orders.ts",
    breaks: "I2",
    edits: [["rare.stand_ins ? await standInsOf(db, cart, parts) : NO_STAND_INS", "NO_STAND_INS"]],
  },
  {
    name: "a walk that broke off ends where it ends",
    file: "connectors/carts/woocommerce/cursor.ts",
    breaks: "I1",
    edits: [["done: !grown && !isOld", "done: !grown"]],
  },
  {
    name: "pulls do not overlap",
    file: "connectors/carts/woocommerce/cursor.ts",
    breaks: "I1",
    edits: [["const overlapMs = 60_000;", "const overlapMs = 0;"]],
  },
  {
    name: "only the first page of a list is read",
    file: "connectors/carts/woocommerce/cursor.ts",
    breaks: "I1",
    edits: [
      [
        "const more = seen.pages === null ? seen.rows >= asked.size : seen.pages > 1;",
        "const more = false;",
      ],
    ],
  },
  {
    name: "a page that is drained ends where the newest row was seen by our own clock",
    file: "connectors/carts/woocommerce/cursor.ts",
    breaks: "I1",
    edits: [
      [
        "return { window: { from: Math.max(from, newest - overlapMs), walk: null }, done: true };",
        "return { window: { from: Math.max(from, Date.UTC(2026, 9, 20)), walk: null }, done: true };",
      ],
    ],
  },
  {
    name: "skipped orders are not stored",
    file: "sync/intake-orders.ts",
    breaks: "I1",
    edits: [
      [
        "const changes = [...skips, ...adoptions,",
        "skips.length = 0;\n  const changes = [...skips, ...adoptions,",
      ],
    ],
  },
  {
    name: "an order's id is new each time",
    file: "sync/judge-orders.ts",
    breaks: "I2",
    edits: [
      [
        '    ? stableId("ord", cartId, sourceId, String(part))',
        '    ? stableId("ord", cartId, sourceId, String(part), String(count++ % 50 === 0))',
      ],
      [
        "/** What is decided about orders that a cart shows,",
        "let count = 1;\n\n/** What is decided about orders that a cart shows,",
      ],
    ],
  },
  {
    name: "a webhook is answered before its hint is on the queue",
    file: "sync/receive-webhook.ts",
    breaks: "I4",
    edits: [
      [
        "await deps.queues.jobs.sendBatch(hints);",
        "void deps.queues.jobs.sendBatch(hints).catch(() => undefined);",
      ],
    ],
  },
  {
    name: "a pushed order is answered before it is stored",
    file: "sync/push-orders.ts",
    breaks: "I4",
    edits: [
      [
        "    await storeJudged(deps, cart, judged, standIns);",
        "    void storeJudged(deps, cart, judged, standIns).catch(() => undefined);",
      ],
    ],
  },
  {
    name: "new orders are stored without the page of work that sends them",
    file: "sync/intake-orders.ts",
    breaks: "I17",
    edits: [["      insertDispatches(merchant_id, dispatches),\n", ""]],
  },
  {
    name: "orders and their deliveries are two batches",
    file: "sync/intake-orders.ts",
    breaks: "I17",
    edits: [
      [
        "    const [inserted] = await commit(db, [\n      ...load.statements,",
        "    await commit(db, load.statements.slice(0, 1));\n    const [inserted] = await commit(db, [\n      ...load.statements.slice(1),",
      ],
    ],
  },
  {
    name: "what waits for its cart's delivery is never let go",
    file: "sync/release-waiting.ts",
    breaks: "I17",
    edits: [
      ["if (waiting.length === 0) return released;", "if (waiting.length >= 0) return released;"],
    ],
  },
  {
    name: "a job's lease never ends",
    file: "coordinator/ledger.ts",
    breaks: "I1",
    edits: [["row.held_until > now) return", "row.held_until > 0) return"]],
  },
  {
    name: "an object that lost its storage begins its fences anew",
    file: "coordinator/ledger.ts",
    breaks: "I17",
    edits: [
      [
        "const fence = Math.max(row?.fence ?? 0, floor.fence) + 1;",
        "const fence = (row?.fence ?? 0) + 1;",
      ],
    ],
  },
  {
    name: "the coordinator keeps a cursor that D1 never took",
    file: "sync/run-job.ts",
    breaks: "I1",
    edits: [
      [
        '{ result: failure?.kind ?? "failed", cursor: grant.cursor, idle: false },',
        '{ result: failure?.kind ?? "failed", cursor: lastAsked, idle: false },',
      ],
      [
        "worked = await work({ fence, cursor: grant.cursor, goOn });",
        'lastAsked = grant.cursor?.replace(/"from":(\\d+)/, (_, at) => `"from":${Number(at) + 86400000}`) ?? null;\n    worked = await work({ fence, cursor: grant.cursor, goOn });',
      ],
      [
        "  let worked: Worked;\n",
        "  let worked: Worked;\n  let lastAsked: string | null = null;\n",
      ],
    ],
  },
  {
    name: "an overloaded object is asked again at once",
    file: "coordinator/client.ts",
    breaks: "I19",
    edits: [
      [
        "grant: async (...args) => stub().grant(...args),",
        "grant: async (...args) => stub().grant(...args).catch(() => stub().grant(...args)) as never,",
      ],
    ],
  },
  {
    name: "a fetch that the cart did not answer is asked for again at once, and for ever",
    file: "sync/fetch-orders.ts",
    breaks: "I19",
    edits: [
      ["{ delaySeconds: 60 * 2 ** tries },", "{ delaySeconds: 1 },"],
      ["if (tries < MOST_TRIES)", "if (tries < 100 * MOST_TRIES)"],
    ],
  },
];
