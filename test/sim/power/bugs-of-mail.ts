import type { Bug } from "./plant.ts";

/** Mistakes with who is told what, when and how often. */
export const bugsOfMail: readonly Bug[] = [
  {
    name: "a digest tells again what it told",
    file: "store/tellings.ts",
    breaks: "I14",
    edits: [["AND t.ripe_at IS NOT a.ripe_at AND a.kind IN", "AND a.kind IN"]],
  },
  {
    name: "what was told is not noted",
    file: "sync/mail-news.ts",
    breaks: "I14",
    edits: [["    ...noteTold(found, there),\n", ""]],
  },
  {
    name: "windows are ignored",
    file: "domain/contacts.ts",
    breaks: "I14",
    edits: [
      ['  if (frequency === "at_once") return now;\n', '  if (frequency !== "off") return now;\n'],
    ],
  },
  {
    name: "what is told at once waits for the digest",
    file: "domain/telling-plan.ts",
    breaks: "I14",
    edits: [
      [
        'const what = atOnce && frequency !== "at_once" ? "at_once" : "digest";',
        'const what = atOnce && frequency === "at_once" ? "at_once" : "digest";',
      ],
    ],
  },
  {
    name: "a mail counts as sent before it is sent",
    file: "sync/send-mails.ts",
    breaks: "I14",
    edits: [
      [
        "    const { from } = mailing;\n",
        '    const { from } = mailing;\n    await commit(db, [settleMail(claimed, { ...claimed, state: "sent", next_at: null })]);\n',
      ],
    ],
  },
  {
    name: "a claim of a mail never ends",
    file: "store/mails.ts",
    breaks: "I17",
    edits: [
      [
        "WHERE next_at IS NOT NULL AND next_at <= ${now} ORDER BY next_at LIMIT 1",
        "WHERE next_at IS NOT NULL AND next_at <= ${now} AND state <> 'sending' ORDER BY next_at LIMIT 1",
      ],
    ],
  },
  {
    name: "a claim of a mail ends at once",
    file: "sync/send-mails.ts",
    breaks: "I14",
    edits: [
      ["const until = deps.clock.now() + SENDING_TERM_MS;", "const until = deps.clock.now();"],
    ],
  },
  {
    name: "a contact that was switched off is sent what is in the outbox",
    file: "sync/send-mails.ts",
    breaks: "I14",
    edits: [["if (!contact || !isTold(contact))", "if (!contact)"]],
  },
  {
    name: "an address that takes no mail stays a contact",
    file: "sync/send-mails.ts",
    breaks: "I14",
    edits: [["[switchContactOff(contact, after.reason), ...(", "[...("]],
  },
  {
    name: "a mail that was refused is not tried again",
    file: "domain/mail-retry.ts",
    breaks: "I14",
    edits: [["  if (tries >= MAIL_TRIES) return never;", "  if (tries >= 1) return never;"]],
  },
  {
    name: "a refusal makes a mail forget that it may have arrived",
    file: "sync/send-mails.ts",
    breaks: "I14",
    edits: [['after.state === "waiting" && mayHaveArrived ? LOST : after.reason', "after.reason"]],
  },
  {
    name: "who is new hears nothing of what is open",
    file: "store/tellings.ts",
    breaks: "I14",
    edits: [
      [
        "AND a.state = 'open' AND a.ripe_at IS NOT NULL)\n      ON CONFLICT",
        "AND a.state = 'open' AND a.ripe_at IS NULL)\n      ON CONFLICT",
      ],
    ],
  },
  {
    name: "what is taken up to be told is taken up before it is noted",
    file: "sync/note-news.ts",
    breaks: "I14",
    edits: [
      [
        "  const over = alerts.filter(",
        "  await commit(db, [takeUpAlerts(alerts)]);\n  const over = alerts.filter(",
      ],
      ["    takeUpAlerts(alerts),\n", ""],
    ],
  },
  {
    name: "the news of one merchant go to all contacts",
    file: "store/contacts.ts",
    breaks: "I11",
    edits: [
      ["${columns}, c.owner_id AS merchant_id FROM", "${columns}, j.value AS merchant_id FROM"],
      ["WHERE c.owner_id = j.value AND ${isTold}`", "WHERE c.owner_id LIKE 'mer_%' AND ${isTold}`"],
    ],
  },
];
