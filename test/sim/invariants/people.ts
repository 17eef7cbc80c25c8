import type { Guard, Scene } from "../witness.ts";

/** I15: what a person did is on record, with who and when. */
export function people({ rows, breach, merchants }: Scene): Guard {
  const audits = new Map<string, number>();
  const policies = new Map<string, string>();
  const policyOf = (cartId: string) => String(rows(POLICY, cartId)[0]?.["policy"]);
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
        const n = Number(rows(AUDITS, merchant.cartId)[0]?.["n"]);
        const policy = policyOf(merchant.cartId);
        const before = policies.get(merchant.cartId);
        const changed = before !== undefined && before !== policy;
        if (changed && n <= (audits.get(merchant.cartId) ?? 0))
          breach("I15", `${path} was changed, and no audit tells of it`);
        audits.set(merchant.cartId, n);
        policies.set(merchant.cartId, policy);
      }
    },
    everything: () => {
      for (const { cartId } of merchants)
        if (!policies.has(cartId)) policies.set(cartId, policyOf(cartId));
    },
  };
}

const SAID = `SELECT j.value->>'by' AS by FROM orders o, json_each(o.timeline) j
  WHERE o.merchant_id = ? AND o.id = ? AND j.value->>'at' >= ? AND j.value->>'by' IS NOT NULL`;
const AUDITS = `SELECT count(*) AS n FROM audit WHERE subject = ?`;
const POLICY = `SELECT policy FROM connections WHERE id = ?`;
