import type { Guard, Scene } from "../witness.ts";

/** I15: what a person did is on record, with who and when. */
export function people({ rows, breach }: Scene): Guard {
  const audits = new Map<string, number>();
  return {
    person: ({ merchant, method, path, status, text, began }) => {
      if (method === "GET" || status >= 300) return;
      const user = merchant.key.user;
      const act = /^\/api\/orders\/(ord_[^/]+)\/([a-z-]+)$/.exec(path);
      if (act?.[1] !== undefined) {
        const { action } = JSON.parse(text) as { action?: { result: string } };
        if (action?.result !== "done") return;
        const [row] = rows(SAID, merchant.id, act[1], began);
        if (!row || !String(row["by"]).includes(merchant.key.user.slice(0, 3)))
          breach("I15", `${act[2]} of ${act[1]} by ${user} is not on its timeline`);
      }
      if (/^\/api\/carts\/[^/]+\/settings$/.test(path) && method === "PATCH") {
        const [row] = rows(AUDITS, merchant.id);
        const n = Number(row?.["n"]);
        if (n <= (audits.get(merchant.id) ?? -1)) breach("I15", `${path} was changed, and no audit tells of it`);
        audits.set(merchant.id, n);
      }
    },
  };
}

const SAID = `SELECT j.value->>'by' AS by FROM orders o, json_each(o.timeline) j
  WHERE o.merchant_id = ? AND o.id = ? AND j.value->>'at' >= ? AND j.value->>'by' IS NOT NULL`;
const AUDITS = `SELECT count(*) AS n FROM audit WHERE merchant_id = ?`;
