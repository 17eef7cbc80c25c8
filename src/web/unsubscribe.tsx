import { Hono } from "hono";
import type { Deps } from "../sync/deps.ts";
import { contactOfLink, unsubscribe } from "../sync/unsubscribe.ts";
import { page } from "./layout.tsx";

/**
 * Where the links and the `List-Unsubscribe` header of mails lead, without a key: looking changes
 * nothing, as programs that check links look too; posting switches the contact off (RFC 8058).
 */
export const unsubscribePages = new Hono<{ Bindings: { deps: Deps } }>();

const path = "/:owner/:contact/:key";

unsubscribePages.get(path, async (c) => {
  c.header("Cache-Control", "private, no-store");
  const { email, active } = await contactOfLink(c.env.deps, c.req.param());
  return c.html(page("Mail", active ? <Question email={email} /> : <Done email={email} />));
});

unsubscribePages.post(path, async (c) => {
  c.header("Cache-Control", "private, no-store");
  const { email } = await unsubscribe(c.env.deps, c.req.param());
  return c.html(page("Mail", <Done email={email} />));
});

const Question = ({ email }: { email: string }) => (
  <form method="post">
    <h1>No more mail?</h1>
    <p>Dray tells {email} what is wrong with orders and connections.</p>
    <p>
      <button type="submit">Send no more mail to this address</button>
    </p>
  </form>
);

const Done = ({ email }: { email: string }) => (
  <>
    <h1>No more mail</h1>
    <p>Dray sends nothing to {email} any more. Whoever runs it can switch that on again.</p>
  </>
);
