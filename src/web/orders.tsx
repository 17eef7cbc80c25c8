import type { OrderView } from "../sync/get-order.ts";
import type { OrderSummary } from "../sync/list-orders.ts";
import { Moment } from "./layout.tsx";
import { statusInWords } from "./words.ts";

type Names = ReadonlyMap<string, string>;

interface OrderListProps {
  items: readonly OrderSummary[];
  carts: Names;
  /** Link to the following page. */
  next: string | null;
  /** Link to one order. */
  linkTo: (order: OrderSummary) => string;
}

export const OrderList = ({ items, carts, next, linkTo }: OrderListProps) => (
  <>
    <h1>Orders</h1>
    {items.length === 0 ? (
      <p class="empty">No orders here yet. They arrive with the next download of a cart.</p>
    ) : (
      <div class="scroll">
        <table>
          <caption>Newest first</caption>
          <thead>
            <tr>
              <th scope="col">Order</th>
              <th scope="col">Status</th>
              <th scope="col">Cart</th>
              <th scope="col">Placed</th>
              <th scope="col">Tracking</th>
            </tr>
          </thead>
          <tbody>
            {items.map((order) => (
              <tr>
                <th scope="row">
                  <a href={linkTo(order)}>{order.number}</a>
                </th>
                <td>{statusInWords(order)}</td>
                <td>{carts.get(order.cart_id) ?? order.cart_id}</td>
                <td>
                  <Moment at={order.placed_at} />
                </td>
                <td>{order.tracking_numbers.join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    {next === null ? null : (
      <nav aria-label="Pages">
        <a href={next} rel="next">
          Next page
        </a>
      </nav>
    )}
  </>
);

export const OrderPage = ({ order, carts }: { order: OrderView; carts: Names }) => (
  <>
    <h1>Order {order.number}</h1>
    <dl>
      <dt>Status</dt>
      <dd>{statusInWords(order)}</dd>
      <dt>Cart</dt>
      <dd>{carts.get(order.cart_id) ?? order.cart_id}</dd>
      <dt>Reference</dt>
      <dd>{order.cust_ref}</dd>
      <dt>Placed</dt>
      <dd>
        <Moment at={order.placed_at} />
      </dd>
      {order.wms_order_id === null ? null : (
        <>
          <dt>Id at the WMS</dt>
          <dd>{order.wms_order_id}</dd>
        </>
      )}
      {order.last_error === null ? null : (
        <>
          <dt>Last error</dt>
          <dd>{order.last_error}</dd>
        </>
      )}
      {order.next_try_at === null ? null : (
        <>
          <dt>{order.failed_sends > 0 ? "Next try" : "Goes"}</dt>
          <dd>
            <Moment at={order.next_try_at} />
          </dd>
        </>
      )}
    </dl>
    {order.alerts.map(({ title, message }) => (
      <section>
        <h2>{title}</h2>
        {message === null ? null : <p>It says: "{message}"</p>}
      </section>
    ))}
    <h2>Timeline</h2>
    <ol>
      {order.timeline.map((entry) => (
        <li>
          <Moment at={entry.at} />
          <span>
            {entry.text}
            {entry.by === undefined ? "" : ` By ${entry.by}.`}
          </span>
        </li>
      ))}
    </ol>
    <h2>Lines</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">SKU</th>
            <th scope="col">Description</th>
            <th scope="col">Quantity</th>
            <th scope="col">Shipped</th>
            <th scope="col">Unshipped</th>
          </tr>
        </thead>
        <tbody>
          {order.order.lines.map((line) => (
            <tr>
              <th scope="row">{line.sku || "no SKU"}</th>
              <td>{line.description ?? ""}</td>
              <td>{line.quantity}</td>
              <td>{line.shipped}</td>
              <td>{line.unshipped}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    <h2>Shipments</h2>
    <Shipments shipments={order.shipments} />
  </>
);

const Shipments = ({ shipments }: { shipments: OrderView["shipments"] }) =>
  shipments.length === 0 ? (
    <p class="quiet">None yet.</p>
  ) : (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Tracking</th>
            <th scope="col">Carrier</th>
            <th scope="col">Shipped</th>
            <th scope="col">In the cart</th>
          </tr>
        </thead>
        <tbody>
          {shipments.map((shipment) => (
            <tr>
              <th scope="row">
                <Tracking {...shipment} />
              </th>
              <td>{[shipment.carrier, shipment.service].filter(Boolean).join(", ")}</td>
              <td>
                <Moment at={shipment.shipped_at} />
              </td>
              <td>{stateInWords(shipment)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const stateInWords = (shipment: OrderView["shipments"][number]): string => {
  if (shipment.voided) return "Voided";
  if (shipment.confirmed_at !== null) return "Confirmed";
  return shipment.last_error ?? "Not yet";
};

interface TrackingProps {
  tracking_number: string | null;
  tracking_url: string | null;
}

/** A link only to the web: what a warehouse sent may hold any scheme. */
const Tracking = ({ tracking_number, tracking_url }: TrackingProps) => {
  const text = tracking_number ?? "without tracking";
  return tracking_url !== null && /^https?:\/\//i.test(tracking_url) ? (
    <a href={tracking_url} rel="noreferrer noopener">
      {text}
    </a>
  ) : (
    <>{text}</>
  );
};
