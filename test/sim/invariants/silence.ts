import type { Guard, Scene } from "../witness.ts";

const EVERY_MS = 5 * 60_000;
/** Between a claim and its first call. */
const GRAIN_MS = 60_000;
/** A probe that is due waits for a tick, and for a vendor that lets it wait. */
const OVERDUE_MS = 15 * 60_000;

/** What a silent connection costs: one record every five minutes, whatever waits for it. */
export function silence({ rows, breach, merchants, timeline, hub }: Scene): Guard {
  /** Since when nobody but a probe may call. */
  const silent = new Map<string, number>();
  const begun = new Map<number, number>();
  const probes = new Map<string, { at: number; invocation: number; records: Set<string> }>();

  /** Somebody tries it, as long as it is silent. */
  const isTried = (id: string) => {
    if (!silent.has(id)) return;
    const [row] = rows(OVERDUE, id, timeline.now - OVERDUE_MS);
    if (row && hub.isCalm() && hub.clocksAgree)
      breach("I17", `${id} is silent, and nobody tries it: ${JSON.stringify(row)}`);
    timeline.in(OVERDUE_MS, () => isTried(id));
  };

  return {
    committed: (_, steps) => {
      for (const { what, id, before, now } of steps) {
        if (what !== "silent") continue;
        if (now === null) {
          silent.delete(id);
          probes.delete(id);
          for (const row of rows(STILL_PARKED, id))
            breach("I17", `${id} answers again, and a page stays parked: ${JSON.stringify(row)}`);
        } else if (before === null) {
          silent.set(id, timeline.now);
          timeline.in(OVERDUE_MS, () => isTried(id));
        }
      }
    },
    asked: ({ invocation, vendors, side, method, path, body }) => {
      const since = begun.get(invocation.id) ?? timeline.now;
      begun.set(invocation.id, since);
      if (silent.size === 0 || invocation.site !== "dispatch delivery" || side !== "wms") return;
      const merchant = merchants.find((one) => one.vendors === vendors);
      const quietSince = merchant && silent.get(merchant.wmsId);
      if (!merchant || quietSince === undefined || since <= quietSince + GRAIN_MS) return;
      if (!hub.clocksAgree) return;
      const record =
        method === "POST" && path === "/orders"
          ? (JSON.parse(body) as { reference: string }).reference
          : (/^\/orders\/([^/]+)$/.exec(path)?.[1] ?? null);
      // Whether the credentials are good is asked for all of them.
      if (record === null) return;
      const last = probes.get(merchant.wmsId);
      if (last?.invocation === invocation.id) last.records.add(decodeURIComponent(record));
      else {
        const gap = last ? timeline.now - last.at : EVERY_MS;
        if (gap < EVERY_MS - GRAIN_MS)
          breach("SILENT", `${merchant.wmsId} is silent, and is called again after ${gap} ms`);
        probes.set(merchant.wmsId, {
          at: timeline.now,
          invocation: invocation.id,
          records: new Set([decodeURIComponent(record)]),
        });
      }
      if ((probes.get(merchant.wmsId)?.records.size ?? 0) > 1)
        breach("SILENT", `${merchant.wmsId} is silent, and is called for several records at once`);
    },
    end: () => {
      for (const row of rows(PARKED))
        breach("I17", `the connection works, and a page is still parked: ${JSON.stringify(row)}`);
      for (const row of rows(PROBED, timeline.now - 60 * 60_000))
        breach("I17", `still tried now and then: ${JSON.stringify(row)}`);
    },
  };
}

const PARKED = `SELECT x.id, x.kind, x.connection_id FROM dispatches x
  JOIN connections c ON c.merchant_id = x.merchant_id AND c.id = x.connection_id
  WHERE x.due_at IS NULL AND c.health = 'healthy' AND c.paused = 0 AND c.probe_at IS NULL`;
const ITS_JOBS = `EXISTS (SELECT 1 FROM jobs j WHERE j.merchant_id = c.merchant_id AND j.connection_id = c.id
    AND j.job IN ('order-delivery', 'tracking-upload') AND j.enabled = 1 AND j.suspended = 0)`;
const STILL_PARKED = `${PARKED} AND c.id = ? AND ${ITS_JOBS}`;
const OVERDUE = `SELECT c.id, c.probe_at, c.health FROM connections c
  WHERE c.id = ? AND c.probe_at < ? AND c.paused = 0 AND ${ITS_JOBS}`;
/** At the end every vendor answers. */
const PROBED = `SELECT id, probe_at, health FROM connections WHERE probe_at < ?`;
