CREATE TABLE `execution_search` (
	`doc` integer PRIMARY KEY NOT NULL,
	`execution_id` text NOT NULL,
	`output_count` integer NOT NULL,
	FOREIGN KEY (`execution_id`) REFERENCES `execution`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `execution_search_execution_id_unique` ON `execution_search` (`execution_id`);