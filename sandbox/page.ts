import type { SandboxState } from "./state.ts";
import { faultKinds } from "./state.ts";
import { stateView } from "./view.ts";

const escape = (value: unknown): string =>
  String(value ?? "").replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const table = (
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly unknown[])[],
) => `
<h2>${escape(caption)} <small>${rows.length}</small></h2>
${
  rows.length === 0
    ? "<p>None yet.</p>"
    : `<table><thead><tr>${heads.map((one) => `<th scope="col">${escape(one)}</th>`).join("")}</tr></thead><tbody>
${rows
  .slice(-SHOWN)
  .toReversed()
  .map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`)
  .join("\n")}
</tbody></table>`
}`;

const SHOWN = 200;

/** The sandbox for a person: what is in it, and buttons for what can be done to it. */
export function page(state: SandboxState): Response {
  const { shop, warehouse, faults, outbox } = stateView(state);
  const lines = (all: readonly { sku: string; quantity: number }[]) =>
    all.map((line) => `${line.quantity} × ${line.sku}`).join(", ");
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox: demo data</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 0 1rem 4rem; }
header { background: #fff4ce; border-bottom: 2px solid #b98900; color: #3d2e00; margin: 0 -1rem; padding: .75rem 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .25rem; } small { color: #666; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid #ddd; padding: .3rem .5rem; text-align: left; vertical-align: top; }
button, select, input { font: inherit; margin: .15rem; padding: .25rem .6rem; } fieldset { border: 1px solid #ccc; margin: 1rem 0; }
#said { min-height: 1.5em; }
</style>
<header><h1>Sandbox: demo data</h1>
A make-believe shop and a make-believe warehouse. Nobody bought any of this, and nothing is shipped.</header>
<fieldset><legend>Shop</legend>
<button data-method="POST" data-path="orders" data-body='{"count":5}'>Create 5 orders</button>
<button data-method="POST" data-path="orders" data-body='{"count":25}'>Create 25 orders</button>
<button data-method="PATCH" data-path="orders" data-body='{"status":"cancelled"}'>Cancel all orders</button>
</fieldset>
<fieldset><legend>Warehouse</legend>
<button data-method="POST" data-path="ship" data-body='{}'>Ship all</button>
<button data-method="POST" data-path="ship" data-body='{"partial":true}'>Ship a part of each</button>
<button data-method="POST" data-path="cancel" data-body='{"reason":"Demo: out of stock"}'>Call off all that is open</button>
</fieldset>
<fieldset><legend>Faults</legend>
<form id="fault"><label>Where <select name="target"><option>warehouse<option>shop</select></label>
<label>What <select name="kind">${faultKinds.map((kind) => `<option>${kind}`).join("")}</select></label>
<label>Times <input name="times" type="number" min="1" placeholder="until deleted"></label>
<button>Switch on</button>
<button type="button" data-method="DELETE" data-path="faults">Switch all off</button></form>
</fieldset>
<p><button data-method="POST" data-path="reset" data-body='{}'>Empty the sandbox</button> <a href="/control/state">State as JSON</a></p>
<p id="said" role="status"></p>
${table(
  "Faults that are on",
  ["Where", "What", "Times left", "Message"],
  faults.map((one) => [one.target, one.kind, one.left ?? "until deleted", one.message]),
)}
${table(
  "Orders in the shop",
  ["Number", "Status", "Customer", "Lines", "Total", "Tracking"],
  shop.orders.map((one) => [
    one.number,
    one.status,
    one.customer,
    lines(one.lines),
    `${one.total} ${one.currency}`,
    one.fulfillments.map((each) => each.tracking_number ?? "(none)").join(", "),
  ]),
)}
${table(
  `Orders in the warehouse (${warehouse.received} received)`,
  ["Id", "Reference", "Number", "Status", "Lines"],
  warehouse.orders.map((one) => [one.id, one.reference, one.number, one.status, lines(one.lines)]),
)}
${table(
  "Shipments",
  ["Id", "Reference", "Status", "Tracking", "Carrier", "Lines"],
  warehouse.shipments.map((one) => [
    one.id,
    one.reference,
    one.status,
    one.tracking_number,
    one.carrier,
    lines(one.lines),
  ]),
)}
${table(
  "Orders that the warehouse called off",
  ["Id", "Reference", "Reason"],
  warehouse.cancellations.map((one) => [one.id, one.reference, one.reason]),
)}
${table(
  "Stock",
  ["SKU", "Warehouse", "Quantity there", "Quantity in the shop"],
  warehouse.stock.map((one) => [
    one.sku,
    one.warehouse,
    one.quantity,
    shop.products.find((product) => product.sku === one.sku)?.stock,
  ]),
)}
${table(
  `Webhooks of the shop (${outbox} messages waiting)`,
  ["Topic", "Status", "URL", "Failures in a row"],
  shop.webhooks.map((one) => [one.topic, one.status, one.delivery_url, one.failures]),
)}
<script>
const said = document.getElementById("said");
async function act(method, path, body) {
  const answer = await fetch("/control/" + path, { method, body: method === "GET" ? undefined : body || "{}" });
  if (answer.ok) location.reload();
  else said.textContent = (await answer.json()).message;
}
for (const button of document.querySelectorAll("[data-path]"))
  button.addEventListener("click", () => act(button.dataset.method, button.dataset.path, button.dataset.body));
document.getElementById("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(event.target);
  const fault = { target: fields.get("target"), kind: fields.get("kind") };
  if (fields.get("times")) fault.times = Number(fields.get("times"));
  act("POST", "faults", JSON.stringify(fault));
});
</script>
</html>`;
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
}
