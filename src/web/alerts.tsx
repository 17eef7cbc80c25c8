import type { ShownAlert } from "../sync/list-alerts.ts";

/** What is wrong, each with what to do and the call that does it. */
export const AlertList = ({ items, here }: { items: readonly ShownAlert[]; here: string }) => {
  const meant = items.filter(({ fix }) => fix.path === here);
  const others = items.filter(({ fix }) => fix.path !== here);
  return items.length === 0 ? (
    <p class="empty">Nothing is wrong now.</p>
  ) : (
    <>
      {meant.map((alert) => (
        <OneAlert alert={alert} />
      ))}
      {meant.length > 0 && others.length > 0 ? <h2>What else is wrong</h2> : null}
      {others.map((alert) => (
        <OneAlert alert={alert} />
      ))}
    </>
  );
};

const OneAlert = ({ alert }: { alert: ShownAlert }) => (
  <section>
    <h2>{alert.title}</h2>
    {alert.message === null ? null : <p>It says: "{alert.message}"</p>}
    {alert.hint === null ? null : (
      <p>
        {alert.hint.cause} {alert.hint.fix}
      </p>
    )}
    <p>
      {alert.waiting === 0 ? null : `${alert.waiting} ${waits(alert.waiting)}. `}
      {alert.todo}
    </p>
    <p class="quiet">
      By the API: <code>{callOf(alert)}</code>
    </p>
  </section>
);

const waits = (count: number): string => (count === 1 ? "order waits" : "orders wait");

/** The call that mends it; what is to be chosen stands as null. */
const callOf = ({ fix: { api } }: ShownAlert): string =>
  `${api.method} ${api.path} ${JSON.stringify(api.body)}`;
