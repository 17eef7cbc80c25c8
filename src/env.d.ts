/** What `wrangler.toml` and the secrets bind. */
declare namespace Cloudflare {
  interface Env {
    DB: D1Database;
    MERCHANT_SYNC: DurableObjectNamespace<import("./coordinator/object.ts").MerchantSync>;
    JOBS: Queue<import("./domain/messages.ts").JobMessage>;
    DELIVERIES: Queue<import("./domain/messages.ts").DispatchMessage>;
    NOTICES: Queue<import("./domain/messages.ts").NoticeMessage>;
    /** `id:base64 of 32 random bytes`, comma separated, the current one first. */
    SEAL_KEYS?: string;
    /** Lets one caller make the account; take it away afterwards. */
    SETUP_TOKEN?: string;
    /** Where vendors reach this Dray, such as https://dray.example.com */
    PUBLIC_URL?: string;
    EMAIL?: SendEmail;
    /** Who sends mail, such as `Dray <alerts@example.com>`, of a domain that is onboarded for sending. */
    MAIL_FROM?: string;
    /** Local runs only: "true" lets connectors call this machine. */
    ALLOW_PRIVATE_HOSTS?: string;
    /** Records per dispatch: 100, or 40 on the Free plan. */
    DISPATCH_SIZE?: string;
  }
}
