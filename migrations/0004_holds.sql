ALTER TABLE `orders` ADD `no_longer_passes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `possible_duplicate` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `orders` SET `no_longer_passes` = 1 WHERE `on_hold` = 'no_longer_passes';--> statement-breakpoint
UPDATE `orders` SET `possible_duplicate` = 1 WHERE `on_hold` = 'possible_duplicate';