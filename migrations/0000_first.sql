CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`user` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`merchant_id` text,
	`connection_id` text,
	`level` text NOT NULL,
	`access` text NOT NULL,
	`key_hash` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `api_keys_by_account` ON `api_keys` (`account_id`,`user`);--> statement-breakpoint
CREATE TABLE `changes` (
	`merchant_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`ids` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `connections` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`connector` text NOT NULL,
	`side` text NOT NULL,
	`name` text NOT NULL,
	`settings` text NOT NULL,
	`policy` text NOT NULL,
	`secrets` text NOT NULL,
	`health` text NOT NULL,
	`paused` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`last_error_at` integer,
	`last_webhook_at` integer,
	`rejected_webhooks` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`wms_id` text,
	`state` text NOT NULL,
	`dispatch_id` text,
	`wms_order_id` text,
	`generation` integer DEFAULT 1 NOT NULL,
	`unknown` integer DEFAULT 0 NOT NULL,
	`failed_sends` integer DEFAULT 0 NOT NULL,
	`first_failed_at` integer,
	`last_error` text,
	`next_at` integer,
	`attempts` text DEFAULT '[]' NOT NULL,
	PRIMARY KEY(`merchant_id`, `order_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_waiting` ON `deliveries` (`merchant_id`,`cart_id`,`order_id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE TABLE `dispatches` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`connection_id` text NOT NULL,
	`items` text NOT NULL,
	`fence` integer DEFAULT 0 NOT NULL,
	`working` integer DEFAULT 0 NOT NULL,
	`due_at` integer,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `dispatches_due` ON `dispatches` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `jobs` (
	`merchant_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`job` text NOT NULL,
	`enabled` integer NOT NULL,
	`suspended` integer DEFAULT 0 NOT NULL,
	`interval_minutes` integer NOT NULL,
	`slot` integer NOT NULL,
	`cursor` text,
	`fence` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`merchant_id`, `connection_id`, `job`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `jobs_due` ON `jobs` (`interval_minutes`,`slot`) WHERE enabled = 1 AND suspended = 0 AND interval_minutes > 0;--> statement-breakpoint
CREATE TABLE `merchants` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`shard` integer NOT NULL,
	`data_key` text NOT NULL,
	`created_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `merchants_by_account` ON `merchants` (`account_id`,`id`);--> statement-breakpoint
CREATE TABLE `orders` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`cart_id` text NOT NULL,
	`source_id` text NOT NULL,
	`part` integer NOT NULL,
	`number` text NOT NULL,
	`cust_ref` text NOT NULL,
	`status` text NOT NULL,
	`sending_canceled` integer DEFAULT 0 NOT NULL,
	`on_hold` text,
	`error_reason` text,
	`changed_after_sending` integer DEFAULT 0 NOT NULL,
	`source_status` text NOT NULL,
	`source_modified_at` integer NOT NULL,
	`placed_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`body` text NOT NULL,
	`timeline` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `orders_by_ref` ON `orders` (`merchant_id`,`cust_ref`);--> statement-breakpoint
CREATE INDEX `orders_by_created` ON `orders` (`merchant_id`,`created_at`,`cust_ref`);--> statement-breakpoint
CREATE TABLE `runs` (
	`merchant_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`id` text NOT NULL,
	`job` text NOT NULL,
	`started_at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`result` text NOT NULL,
	`counts` text NOT NULL,
	`message` text,
	PRIMARY KEY(`merchant_id`, `connection_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `shipments` (
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`id` text NOT NULL,
	`cart_id` text NOT NULL,
	`wms_id` text NOT NULL,
	`state` text NOT NULL,
	`voided` integer DEFAULT 0 NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`body` text NOT NULL,
	`dispatch_id` text,
	`cart_shipment_id` text,
	`unknown` integer DEFAULT 0 NOT NULL,
	`failed_posts` integer DEFAULT 0 NOT NULL,
	`first_failed_at` integer,
	`last_error` text,
	`next_at` integer,
	`created_at` integer NOT NULL,
	`confirmed_at` integer,
	PRIMARY KEY(`merchant_id`, `order_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `shipments_due` ON `shipments` (`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `skipped_orders` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`source_id` text NOT NULL,
	`number` text,
	`reason` text NOT NULL,
	`checks` text NOT NULL,
	`message` text,
	`first_seen_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`times` integer NOT NULL,
	`order_id` text,
	PRIMARY KEY(`merchant_id`, `cart_id`, `source_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sweeps` (
	`id` integer PRIMARY KEY NOT NULL,
	`last_tick` integer NOT NULL
);
