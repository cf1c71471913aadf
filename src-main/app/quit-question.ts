/** What quitting would lose or leave behind, session by session, in words; nothing where it does neither. Pure. */
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import { goesOnCosting, type SessionLoss } from '../../src-shared/domain/session-loss.ts';

/** A session that lives, how it will be left, and what that loses. */
export interface QuitItem {
  session: Session;
  mode: KeepMode;
  loss: SessionLoss | null;
}

/** The question; null: there is nothing to ask. `unsavedFiles`: texts in the window that nobody saved. */
export function quitQuestion(
  items: readonly QuitItem[],
  unsavedFiles = 0,
): { message: string; detail: string } | null {
  const lines = items.flatMap((item) => linesOf(item));
  if (unsavedFiles > 0) lines.unshift(unsavedWords(unsavedFiles));
  if (lines.length === 0) return null;
  const loses = unsavedFiles > 0 || items.some(({ loss }) => loss !== null);
  return {
    message: loses
      ? 'Quit SpecBoard? Something would be lost.'
      : 'Quit SpecBoard? Something goes on running.',
    detail: lines.join('\n'),
  };
}

/** What is lost of texts that are not saved. */
export function unsavedWords(files: number): string {
  return files === 1
    ? 'Files: the changes of 1 file are not saved.'
    : `Files: the changes of ${files} files are not saved.`;
}

function linesOf({ session, mode, loss }: QuitItem): string[] {
  const name = session.profileName;
  const lines: string[] = [];
  if (loss && loss.runs.length > 0) {
    const runs = loss.runs.map((number) => `#${number}`).join(', ');
    lines.push(`${name}: ${runs} ${loss.runs.length === 1 ? 'is' : 'are'} running and will be stopped.`);
  }
  if (loss && loss.files.length > 0) {
    const more = loss.moreFiles > 0 ? ` and ${loss.moreFiles} more` : '';
    lines.push(`${name}: ${loss.files.join(', ')}${more} will be deleted with the sandbox.`);
  }
  if (goesOnCosting(session, mode)) {
    lines.push(
      mode === 'leave'
        ? `${name}: the sandbox goes on running, and may cost.`
        : `${name}: the sandbox is paused; keeping it may cost.`,
    );
  }
  return lines;
}
