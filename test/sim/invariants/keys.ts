import type { Guard, Scene } from "../witness.ts";

/** What is said when a data key is wrapped by a key that nobody there knows. */
const CLOSED = /do not open with SEAL_KEYS|"event":"rewrap_failed"/;

/** KEYS: whoever rotates SEAL_KEYS as the manual says, everything stored opens at every moment, for every isolate. */
export function keys({ rows, breach, hub }: Scene): Guard {
  return {
    text: (_, text) => {
      if (CLOSED.test(text)) breach("KEYS", `what is stored did not open: ${text.slice(0, 300)}`);
    },
    person: ({ path, text }) => {
      if (CLOSED.test(text)) breach("KEYS", `what is stored did not open for ${path}`);
    },
    end: () => {
      const [current = ""] = hub.sealKeys.split(":");
      if (hub.sealKeys.includes(",")) return;
      for (const { id, data_key } of rows("SELECT id, data_key FROM merchants"))
        if (!String(data_key).startsWith(`w1.${current}.`))
          breach("KEYS", `the data key of ${String(id)} is not wrapped by ${current}`);
    },
  };
}
