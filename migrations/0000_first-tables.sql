CREATE TABLE `app_instance` (
	`id` text PRIMARY KEY NOT NULL,
	`pid` integer NOT NULL,
	`start_token` text NOT NULL,
	`started_at` integer NOT NULL,
	`heartbeat_at` integer NOT NULL,
	`kind` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `driver_config` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`driver_type` text NOT NULL,
	`settings` text NOT NULL,
	`is_default` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `driver_config_one_default` ON `driver_config` (`is_default`) WHERE is_default = 1;--> statement-breakpoint
CREATE TABLE `execution` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`number` integer NOT NULL,
	`language` text NOT NULL,
	`code` text NOT NULL,
	`state` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`result` text,
	`output_bytes` integer NOT NULL,
	`output_count` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `remote_session`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `execution_started_at` ON `execution` (`started_at`);--> statement-breakpoint
CREATE INDEX `execution_state` ON `execution` (`state`);--> statement-breakpoint
CREATE UNIQUE INDEX `execution_session_number` ON `execution` (`session_id`,`number`);--> statement-breakpoint
CREATE TABLE `execution_output` (
	`execution_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`stream` text,
	`data` blob NOT NULL,
	PRIMARY KEY(`execution_id`, `seq`),
	FOREIGN KEY (`execution_id`) REFERENCES `execution`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `remote_session` (
	`id` text PRIMARY KEY NOT NULL,
	`config_id` text,
	`status` text NOT NULL,
	`started_at` integer NOT NULL,
	`last_activity` integer NOT NULL,
	`metadata` text NOT NULL,
	`profile_name` text NOT NULL,
	`driver_type` text NOT NULL,
	`reason` text NOT NULL,
	`ended_at` integer,
	`ends_at` integer,
	`isolation` text,
	`warnings` text NOT NULL,
	`owner` text NOT NULL,
	FOREIGN KEY (`config_id`) REFERENCES `driver_config`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `remote_session_started_at` ON `remote_session` (`started_at`);--> statement-breakpoint
CREATE INDEX `remote_session_status` ON `remote_session` (`status`);--> statement-breakpoint
CREATE INDEX `remote_session_config_id` ON `remote_session` (`config_id`);--> statement-breakpoint
CREATE TABLE `secret` (
	`profile_id` text NOT NULL,
	`field` text NOT NULL,
	`stored_at` integer NOT NULL,
	`check_id` text NOT NULL,
	PRIMARY KEY(`profile_id`, `field`),
	FOREIGN KEY (`profile_id`) REFERENCES `driver_config`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `setting` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text
);
--> statement-breakpoint
CREATE TABLE `sync_manifest` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`local_path` text NOT NULL,
	`remote_path` text NOT NULL,
	`checksum` text NOT NULL,
	`synced_at` integer NOT NULL,
	`direction` text NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `remote_session`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sync_manifest_session_id` ON `sync_manifest` (`session_id`);