import { CANARY, SECRET } from "../vendors.ts";
import type { Guard, Scene } from "../witness.ts";
import type { Merchant } from "../world.ts";

/** I11 and I16: nothing of one merchant is anywhere near another, and no secret is readable anywhere. */
export function tenants({ rows, breach, merchants, hub }: Scene): Guard {
  const quiet = (where: string, text: string) => {
    if (text.includes(SECRET))
      breach("I16", `a secret is readable in ${where}: ${text.slice(0, 200)}`);
  };
  let marks: { merchant: Merchant; words: string[] }[] = [];
  const owners = (text: string): Merchant[] => {
    if (marks.length !== merchants.length)
      marks = merchants.map((merchant) => {
        const { vendors, id, cartId, wmsId, pushCartId } = merchant;
        return { merchant, words: [vendors.canary, id, cartId, wmsId, pushCartId] };
      });
    return marks.flatMap(({ merchant, words }) =>
      words.some((word) => text.includes(word)) ? [merchant] : [],
    );
  };
  const apart = (where: string, text: string) => {
    if (owners(text).length > 1) breach("I11", `two merchants in ${where}: ${text.slice(0, 300)}`);
  };

  return {
    text: (where, text) => {
      quiet(where, text);
      // Whoever asks for what is another's is on record with what was asked for.
      if (!text.includes('"event":"request"')) apart(where, text);
      if (text.includes(CANARY))
        breach("I11", `a customer's data in ${where}: ${text.slice(0, 300)}`);
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
