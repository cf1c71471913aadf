-- The full-text index over code and output. Contentless: it holds words and places, not the text once more. `words` has the parts
-- of names in camelCase, so that "error" finds ValueError. Rows come from src-main/services/history and go with their execution.
CREATE VIRTUAL TABLE `execution_text` USING fts5(
	`code`, `output`, `words`,
	content = '', contentless_delete = 1,
	tokenize = 'unicode61 remove_diacritics 0'
);
--> statement-breakpoint
CREATE TRIGGER `execution_search_deleted` AFTER DELETE ON `execution_search` BEGIN
	DELETE FROM `execution_text` WHERE rowid = old.doc;
END;
