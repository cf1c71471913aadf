CREATE TABLE `sync_conflict` (
	`id` text PRIMARY KEY NOT NULL,
	`root_id` text NOT NULL,
	`path` text NOT NULL,
	`kind` text NOT NULL,
	`base` text,
	`local` text,
	`remote` text,
	`others` text NOT NULL,
	`found_at` integer NOT NULL,
	`synced_at` integer,
	FOREIGN KEY (`root_id`) REFERENCES `sync_root`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sync_conflict_root_path` ON `sync_conflict` (`root_id`,`path`);--> statement-breakpoint
CREATE TABLE `sync_kept` (
	`id` text PRIMARY KEY NOT NULL,
	`root_id` text NOT NULL,
	`session_id` text,
	`path` text NOT NULL,
	`side` text NOT NULL,
	`why` text NOT NULL,
	`version` text NOT NULL,
	`kept_at` integer NOT NULL,
	`kept_where` text NOT NULL,
	`name` text NOT NULL,
	FOREIGN KEY (`root_id`) REFERENCES `sync_root`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sync_kept_root_kept_at` ON `sync_kept` (`root_id`,`kept_at`);--> statement-breakpoint
CREATE TABLE `sync_root` (
	`id` text PRIMARY KEY NOT NULL,
	`config_id` text,
	`profile_name` text NOT NULL,
	`session_id` text,
	`local_path` text NOT NULL,
	`remote_path` text NOT NULL,
	`mode` text NOT NULL,
	`exclusions` text NOT NULL,
	`watching` integer NOT NULL,
	`epoch` integer NOT NULL,
	`pending_epoch` integer,
	`local_identity` text,
	`confirmed` integer NOT NULL,
	`last_synced_at` integer,
	`last` text,
	`created_at` integer NOT NULL,
	`lock_owner` text,
	`lock_until` integer,
	FOREIGN KEY (`config_id`) REFERENCES `driver_config`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `sync_root_config_id` ON `sync_root` (`config_id`);--> statement-breakpoint
CREATE TABLE `sync_run` (
	`id` text PRIMARY KEY NOT NULL,
	`root_id` text NOT NULL,
	`session_id` text,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`trigger` text NOT NULL,
	`outcome` text NOT NULL,
	`summary` text NOT NULL,
	`problem` text,
	FOREIGN KEY (`root_id`) REFERENCES `sync_root`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sync_run_root_ended_at` ON `sync_run` (`root_id`,`ended_at`);--> statement-breakpoint
CREATE TABLE `sync_signature` (
	`checksum` text NOT NULL,
	`block_size` integer NOT NULL,
	`data` blob NOT NULL,
	`used_at` integer NOT NULL,
	PRIMARY KEY(`checksum`, `block_size`)
);
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_sync_manifest` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`local_path` text NOT NULL,
	`remote_path` text NOT NULL,
	`checksum` text NOT NULL,
	`synced_at` integer NOT NULL,
	`direction` text NOT NULL,
	`root_id` text NOT NULL,
	`path` text NOT NULL,
	`kind` text NOT NULL,
	`size` integer NOT NULL,
	`modified_at` integer NOT NULL,
	`executable` integer NOT NULL,
	`target` text,
	FOREIGN KEY (`root_id`) REFERENCES `sync_root`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
-- No version before this one wrote a row, and a row without a root means nothing.
DROP TABLE `sync_manifest`;--> statement-breakpoint
ALTER TABLE `__new_sync_manifest` RENAME TO `sync_manifest`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `sync_manifest_session_id` ON `sync_manifest` (`session_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `sync_manifest_root_path` ON `sync_manifest` (`root_id`,`path`);