CREATE TABLE `alert_orders` (
	`merchant_id` text NOT NULL,
	`alert_id` text NOT NULL,
	`order_id` text NOT NULL,
	`about` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `alert_id`, `order_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `alert_orders_by_order` ON `alert_orders` (`merchant_id`,`order_id`,`alert_id`);--> statement-breakpoint
CREATE TABLE `alerts` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`state` text NOT NULL,
	`message` text,
	`details` text NOT NULL,
	`waiting` integer DEFAULT 0 NOT NULL,
	`times` integer DEFAULT 1 NOT NULL,
	`opened_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`closed_at` integer,
	`closed_by` text,
	`note` text,
	`ripe_at` integer,
	`tell_at` integer,
	PRIMARY KEY(`merchant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `alerts_open` ON `alerts` (`merchant_id`,`opened_at`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `alerts_closed` ON `alerts` (`merchant_id`,`closed_at`) WHERE closed_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `alerts_to_tell` ON `alerts` (`tell_at`) WHERE tell_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `carrier_names` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`key` text NOT NULL,
	`carrier` text NOT NULL,
	`service` text,
	`cart_name` text,
	`seen_at` integer,
	PRIMARY KEY(`merchant_id`, `cart_id`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `code_conflicts` (
	`merchant_id` text NOT NULL,
	`code` text NOT NULL,
	`sku` text NOT NULL,
	`kind` text,
	`as_written` text NOT NULL,
	`source` text NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `code`, `sku`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `contacts` (
	`owner_id` text NOT NULL,
	`id` text NOT NULL,
	`email` text NOT NULL,
	`name` text,
	`frequency` text NOT NULL,
	`kinds` text NOT NULL,
	`active` integer DEFAULT 1 NOT NULL,
	`off_reason` text,
	`off_key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`cause` text,
	`merchant_id` text,
	`times` integer DEFAULT 1 NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`settled_at` integer,
	`settled_by` text
);
--> statement-breakpoint
CREATE INDEX `dead_letters_by_at` ON `dead_letters` (`at`);--> statement-breakpoint
CREATE TABLE `mails` (
	`owner_id` text NOT NULL,
	`id` text NOT NULL,
	`contact_id` text NOT NULL,
	`to` text NOT NULL,
	`subject` text NOT NULL,
	`text` text NOT NULL,
	`html` text NOT NULL,
	`off_url` text NOT NULL,
	`state` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_at` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	PRIMARY KEY(`owner_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `mails_by_created` ON `mails` (`owner_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `mails_due` ON `mails` (`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `retention` (
	`merchant_id` text PRIMARY KEY NOT NULL,
	`days` integer NOT NULL,
	`done_until` integer DEFAULT 0 NOT NULL,
	`places` text DEFAULT '{}' NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `retention_left` (
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `order_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ship_methods` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`match` text NOT NULL,
	`value` text NOT NULL,
	`as_written` text NOT NULL,
	`description` text,
	`wms_method` text,
	`passes` integer DEFAULT 0 NOT NULL,
	`seen_at` integer,
	PRIMARY KEY(`merchant_id`, `cart_id`, `match`, `value`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `ship_methods_patterns` ON `ship_methods` (`merchant_id`,`cart_id`) WHERE match <> 'exact';--> statement-breakpoint
CREATE TABLE `tellings` (
	`merchant_id` text NOT NULL,
	`contact_id` text NOT NULL,
	`what` text NOT NULL,
	`owner_id` text NOT NULL,
	`due_at` integer NOT NULL,
	`news` integer DEFAULT 1 NOT NULL,
	PRIMARY KEY(`merchant_id`, `contact_id`, `what`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `tellings_due` ON `tellings` (`due_at`);--> statement-breakpoint
CREATE TABLE `told` (
	`merchant_id` text NOT NULL,
	`alert_id` text NOT NULL,
	`contact_id` text NOT NULL,
	`ripe_at` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `alert_id`, `contact_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `vendor_calls` (
	`merchant_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`method` text NOT NULL,
	`url` text NOT NULL,
	`status` integer,
	`duration_ms` integer NOT NULL,
	`message` text NOT NULL,
	`request` text,
	`response` text,
	PRIMARY KEY(`merchant_id`, `connection_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `vendor_calls_by_at` ON `vendor_calls` (`at`);--> statement-breakpoint
CREATE TABLE `wms_methods` (
	`merchant_id` text NOT NULL,
	`wms_id` text NOT NULL,
	`code` text NOT NULL,
	`name` text,
	`carrier` text,
	`source` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `wms_id`, `code`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `connections` ADD `failing_since` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `probe_at` integer;--> statement-breakpoint
CREATE INDEX `connections_to_probe` ON `connections` (`probe_at`) WHERE probe_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `redacted_at` integer;--> statement-breakpoint
CREATE INDEX `dispatches_parked` ON `dispatches` (`merchant_id`,`connection_id`) WHERE due_at IS NULL;