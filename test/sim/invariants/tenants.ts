import type { Guard, Scene } from "../witness.ts";

/** I11 and I16: nothing of one merchant is anywhere near another, and no secret is readable anywhere. */
export function tenants({ rows, breach, merchants, hub }: Scene): Guard {
  const secretsOf = () =>
    merchants.flatMap(({ vendors }) => Object.values(vendors.credentials)).concat("hook_secret_");
  const marksOf = (letter: string) =>
    merchants.flatMap(({ vendors, id, cartId, wmsId, pushCartId }) =>
      vendors.letter === letter ? [vendors.canary, id, cartId, wmsId, pushCartId] : [],
    );
  const owners = (text: string) =>
    merchants.filter(({ vendors }) => marksOf(vendors.letter).some((mark) => text.includes(mark)));
  const quiet = (where: string, text: string) => {
    for (const secret of secretsOf())
      if (text.includes(secret)) breach("I16", `a secret is readable in ${where}: ${text.slice(0, 200)}`);
  };
  const apart = (where: string, text: string) => {
    if (owners(text).length > 1) breach("I11", `two merchants in ${where}: ${text.slice(0, 300)}`);
  };

  return {
    line: ({ text }) => {
      quiet("the log", text);
      apart("a log line", text);
      for (const { vendors } of merchants)
        if (text.includes(vendors.canary)) breach("I11", `a customer's data in the log: ${text.slice(0, 300)}`);
    },
    message: (queue, text) => {
      quiet(queue, text);
      apart(queue, text);
    },
    asked: ({ vendors, side, method, path, body }) => {
      const others = owners(`${path} ${body}`).filter((one) => one.vendors !== vendors);
      if (others.length > 0)
        breach("I11", `${method} ${path} of ${side} ${vendors.letter} tells of another merchant`);
    },
    person: ({ merchant, path, text }) => {
      quiet(`the answer to ${path}`, text);
      if (owners(text).some((one) => one !== merchant))
        breach("I11", `the answer to ${path} shows another merchant: ${text.slice(0, 300)}`);
    },
    everything: () => {
      for (const { name } of rows(TABLES))
        for (const row of rows(`SELECT * FROM main."${String(name)}"`)) {
          const text = JSON.stringify(row);
          quiet(`table ${String(name)}`, text);
          if (row["merchant_id"] !== undefined) apart(`a row of ${String(name)}`, text);
        }
      for (const object of hub.objects.values()) quiet("an object", JSON.stringify(object.rows()));
    },
  };
}

const TABLES = `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`;
