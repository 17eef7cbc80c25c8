CREATE TABLE `product_codes` (
	`merchant_id` text NOT NULL,
	`code` text NOT NULL,
	`sku` text NOT NULL,
	`kind` text,
	`as_written` text NOT NULL,
	PRIMARY KEY(`merchant_id`, `code`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `product_codes_by_sku` ON `product_codes` (`merchant_id`,`sku`);--> statement-breakpoint
CREATE TABLE `products` (
	`merchant_id` text NOT NULL,
	`sku` text NOT NULL,
	`name` text,
	PRIMARY KEY(`merchant_id`, `sku`)
) WITHOUT ROWID;
