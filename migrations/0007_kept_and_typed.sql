ALTER TABLE `orders` ADD `kept_in_cart` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `products` ADD `name_typed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `mails` ADD `tells` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `wms_methods` ADD `typed` text;