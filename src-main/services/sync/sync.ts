/**
 * Two-way sync: pairs of folders (roots), bound to whatever live session their profile has. How trees are compared and brought to
 * the same state is in src-main/sync.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type {
  SyncAnswer,
  SyncChoice,
  SyncConflict,
  SyncConflictContent,
  SyncExclusions,
  SyncFile,
  SyncKept,
  SyncMode,
  SyncPlan,
  SyncRoot,
  SyncRun,
} from '../../../src-shared/domain/sync.ts';

/** A piece of a list. */
export interface SyncPage {
  offset: number;
  limit: number;
}

/** A new pair of folders. */
export interface NewSyncRoot {
  profileId: string;
  localPath: string;
  remotePath: string;
  mode: SyncMode;
  exclusions?: SyncExclusions;
}

/** See the file's first lines. */
export class SyncService {
  profileOf(_sessionId: string): string {
    throw notYet();
  }
  add(_input: NewSyncRoot): SyncRoot {
    throw notYet();
  }
  update(_rootId: string, _change: { mode?: SyncMode; exclusions?: SyncExclusions }): SyncRoot {
    throw notYet();
  }
  async remove(_rootId: string): Promise<void> {
    throw notYet();
  }
  async plan(_rootId: string, _page: SyncPage): Promise<SyncPlan> {
    throw notYet();
  }
  async begin(_rootId: string, _options: { confirmed: boolean; checksum: boolean }): Promise<void> {
    throw notYet();
  }
  async watch(_rootId: string, _on: boolean): Promise<void> {
    throw notYet();
  }
  async stop(_rootId: string): Promise<void> {
    throw notYet();
  }
  async answer(_rootId: string, _answer: SyncAnswer): Promise<void> {
    throw notYet();
  }
  files(
    _rootId: string,
    _about: SyncPage & { show: 'all' | 'changes' | 'problems' | 'excluded'; search: string },
  ): { items: SyncFile[]; total: number; at: number | null } {
    throw notYet();
  }
  async why(
    _rootId: string,
    _path: string,
  ): Promise<{ source: string; line: number; pattern: string; folder: string | null } | null> {
    throw notYet();
  }
  defaults(): { defaults: string[]; secrets: string[] } {
    throw notYet();
  }
  conflicts(_rootId: string): SyncConflict[] {
    throw notYet();
  }
  async conflict(_conflictId: string): Promise<SyncConflictContent> {
    throw notYet();
  }
  async resolve(_conflictIds: readonly string[], _choice: SyncChoice, _text?: string): Promise<void> {
    throw notYet();
  }
  history(_rootId: string, _page: SyncPage): { runs: SyncRun[]; total: number } {
    throw notYet();
  }
  kept(_rootId: string, _about: SyncPage & { search: string }): { items: SyncKept[]; total: number } {
    throw notYet();
  }
  async restore(_keptId: string): Promise<void> {
    throw notYet();
  }
}

function notYet(): SpecboardError {
  return new SpecboardError('unsupported', 'Folders cannot be synced yet.');
}
