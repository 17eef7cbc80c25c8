import { alertKindNames, subjectOf, type AlertKind } from "../../../src/domain/alerts.ts";
import { arrangeNews, type News } from "../../../src/notify/arrange-news.ts";
import type { RenderedMail } from "../../../src/notify/mail-frame.ts";
import { renderNews, type NewsMail } from "../../../src/notify/render-news.ts";
import { renderTest } from "../../../src/notify/render-test.ts";

const publicUrl = "https://dray.example.com";
const offUrl = `${publicUrl}/unsubscribe/mer_tea/cnt_ann/key`;

/** An alert of a kind, with what its texts and links are made of. */
export const news = (kind: AlertKind, more: Partial<News> = {}): News => ({
  merchant_id: "mer_tea",
  id: "alr_1",
  kind,
  subject: subjectOf("con_shop", "FREE-XL"),
  message: null,
  details: {
    order_number: "1001",
    cart: "Tea shop",
    connection: "Main warehouse",
    line: "2",
    line_id: "77",
    field: "postcode",
    queue: "dray-jobs",
  },
  waiting: 0,
  again: false,
  ...more,
});
const order = (number: string, more: Partial<News> = {}): Partial<News> => ({
  id: `alr_${number}`,
  subject: subjectOf(`ord_${number}`),
  details: { order_number: number, cart: "Tea shop" },
  ...more,
});

const merchants = [
  { id: "mer_tea", name: "Tea & Mugs" },
  { id: "mer_oil", name: "Oil <b>Works</b>" },
];

export const mail = (
  given: Partial<Parameters<typeof arrangeNews>[0]>,
  more: Partial<NewsMail> = {},
): RenderedMail =>
  renderNews({
    merchants: arrangeNews({
      merchants: merchants.slice(0, 1),
      news: [],
      resolved: [],
      open: new Map(),
      publicUrl,
      named: false,
      ...given,
    }),
    frequency: "hourly",
    digest: false,
    publicUrl,
    offUrl,
    ...more,
  });

const refusal = 'HTTP 422: "postcode" is not valid for DE';

/** Each kind of mail, as it leaves. */
export const samples: Record<string, RenderedMail> = {
  "one-alert": mail({ news: [news("ship_method", { waiting: 30 })] }),
  "several-alerts": mail(
    {
      news: [
        news("ship_method", { waiting: 30 }),
        ...Array.from({ length: 12 }, (_, at) =>
          news(
            "address",
            order(`${1001 + at}`, { message: at === 0 ? refusal : null, waiting: 1 }),
          ),
        ),
        news("unauthorized", {
          id: "alr_3",
          subject: subjectOf("con_wms"),
          message: "401 Unauthorized: token revoked",
          waiting: 214,
          again: true,
        }),
      ],
    },
    { frequency: "at_once" },
  ),
  digest: mail(
    {
      news: [news("refused", order("1003", { message: refusal, waiting: 1 }))],
      resolved: [news("refused", order("1001")), news("tracking", order("1002"))],
      open: new Map([["mer_tea", 3]]),
    },
    { digest: true },
  ),
  "digest-of-several-merchants": mail(
    {
      merchants,
      named: true,
      news: [
        news("possible_duplicate", order("1004", { waiting: 1 })),
        news("unavailable", {
          merchant_id: "mer_oil",
          subject: subjectOf("con_wms"),
          message: "<script>alert(1)</script>\r\nBcc: everybody@example.com",
        }),
      ],
      resolved: [news("refused", order("77", { merchant_id: "mer_oil" }))],
      open: new Map([["mer_oil", 1]]),
    },
    { digest: true, frequency: "daily" },
  ),
  "every-kind": mail({ news: alertKindNames.map((kind) => news(kind, { id: `alr_${kind}` })) }),
  test: renderTest({ publicUrl, offUrl }),
};
