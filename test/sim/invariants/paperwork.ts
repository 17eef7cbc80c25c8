import type { Guard, PersonsAct, Scene } from "../witness.ts";

interface File {
  merchantId: string;
  taskId: string;
  /** The cells of each row. */
  rows: string[][];
}

interface Bulk {
  merchantId: string;
  taskId: string;
  began: number;
}

/** I4 and I15, for what is given to Dray in bulk: each row of a file that was taken is loaded or listed, and who did what to many orders is on record. */
export function paperwork({ rows, breach }: Scene): Guard {
  const files: File[] = [];
  const bulks: Bulk[] = [];
  const said = new Set<string>();
  const once = (invariant: string, key: string, message: string) => {
    if (said.has(key)) return;
    said.add(key);
    breach(invariant, message);
  };
  const taskOf = (merchantId: string, taskId: string) => rows(TASK, merchantId, taskId)[0];

  const onFile = ({ merchant, text, body }: PersonsAct) => {
    const { task_id: taskId } = JSON.parse(text) as { task_id: string };
    const [, ...lines] = String(body).split("\n");
    files.push({ merchantId: merchant.id, taskId, rows: lines.map((line) => line.split(",")) });
    const n = Number(taskOf(merchant.id, taskId)?.["total"]);
    if (n !== lines.length)
      breach("I4", `a file of ${lines.length} rows was answered 202, and ${n} of them are kept`);
  };

  const onBulk = ({ merchant, text, began }: PersonsAct) => {
    const { task } = JSON.parse(text) as { task: { id: string } };
    bulks.push({ merchantId: merchant.id, taskId: task.id, began });
    const [audit] = rows(AUDIT, merchant.id, task.id);
    if (!audit || !String(audit["by"]).includes(merchant.key.user))
      breach("I15", `the bulk action ${task.id} is not on the audit: ${JSON.stringify(audit)}`);
  };

  const lookAtFile = ({ merchantId, taskId, rows: given }: File) => {
    const task = taskOf(merchantId, taskId);
    if (task?.["state"] === "running") return;
    const refused = new Set(
      rows(REFUSED, merchantId, taskId).flatMap(({ refused: list }) =>
        (JSON.parse(String(list)) as string[][]).map(([, , ...cells]) => cells.join(",")),
      ),
    );
    for (const cells of given) {
      const [number = ""] = cells;
      const isHere = rows(HERE, merchantId, number, merchantId, number).length > 0;
      if (!isHere && !refused.has(cells.join(",")))
        once("I4", `${taskId} ${number}`, `row ${number} of ${taskId} is neither here nor refused`);
    }
  };

  const lookAtBulk = ({ merchantId, taskId, began }: Bulk) => {
    const [found] = rows(ACTED, began, merchantId, taskId);
    if (found && Number(found["acted"]) < Number(found["done"] ?? 0))
      once("I15", taskId, `${taskId} did more than timelines tell: ${JSON.stringify(found)}`);
  };

  return {
    person: (act) => {
      if (act.method !== "POST") return;
      if (act.path.startsWith("/api/imports?") && act.status === 202) onFile(act);
      if (act.path === "/api/orders/bulk" && act.status === 202) onBulk(act);
    },
    everything: () => {
      files.forEach(lookAtFile);
      bulks.forEach(lookAtBulk);
    },
  };
}

const TASK = `SELECT state, total FROM tasks WHERE merchant_id = ? AND id = ?`;
const AUDIT = `SELECT "by" FROM audit WHERE merchant_id = ? AND subject = ? AND act = 'orders_bulk'`;
const REFUSED = `SELECT refused FROM import_chunks WHERE merchant_id = ? AND task_id = ? AND refused IS NOT NULL`;
const HERE = `SELECT 1 FROM orders WHERE merchant_id = ? AND number = ?
  UNION ALL SELECT 1 FROM skipped_orders WHERE merchant_id = ? AND number = ?`;
/** Of the orders that a bulk action was about, those that somebody did something to since. */
const ACTED = `SELECT t.counts->>'done' AS done, (SELECT count(*) FROM json_each(t.input->'ids') i
    JOIN orders o ON o.merchant_id = t.merchant_id AND o.id = i.value
    WHERE EXISTS (SELECT 1 FROM json_each(o.timeline) j WHERE j.value->>'by' IS NOT NULL AND j.value->>'at' >= ?)) AS acted
  FROM tasks t WHERE t.merchant_id = ? AND t.id = ?`;
