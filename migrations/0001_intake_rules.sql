CREATE TABLE `item_filters` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`filter` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `cart_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `stand_ins` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`number` text NOT NULL,
	`order_id` text NOT NULL,
	`source_id` text,
	PRIMARY KEY(`merchant_id`, `cart_id`, `number`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tombstones` (
	`merchant_id` text NOT NULL,
	`order_id` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`merchant_id`, `order_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `audit` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`by` text NOT NULL,
	`act` text NOT NULL,
	`subject` text NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `import_chunks` (
	`merchant_id` text NOT NULL,
	`task_id` text NOT NULL,
	`seq` integer NOT NULL,
	`rows` text NOT NULL,
	`refused` text,
	PRIMARY KEY(`merchant_id`, `task_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `import_mappings` (
	`merchant_id` text NOT NULL,
	`cart_id` text NOT NULL,
	`mapping` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `cart_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tasks` (
	`merchant_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`input` text NOT NULL,
	`cursor` text,
	`fence` integer DEFAULT 0 NOT NULL,
	`done` integer DEFAULT 0 NOT NULL,
	`total` integer,
	`counts` text DEFAULT '{}' NOT NULL,
	`message` text,
	`by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`due_at` integer,
	PRIMARY KEY(`merchant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `period` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `hold_until` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `edits` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `cleared_at` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `canceled_by` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `waved_through` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `is_test` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `cancel_wanted` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `too_late_to_cancel` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_held` ON `orders` (`hold_until`) WHERE hold_until IS NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_to_cancel` ON `orders` (`merchant_id`,`id`) WHERE cancel_wanted IS NOT NULL;--> statement-breakpoint
ALTER TABLE `skipped_orders` ADD `source_modified_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `skipped_orders_by_seen` ON `skipped_orders` (`merchant_id`,`last_seen_at`);--> statement-breakpoint
CREATE INDEX `skipped_orders_by_number` ON `skipped_orders` (`merchant_id`,`number`);