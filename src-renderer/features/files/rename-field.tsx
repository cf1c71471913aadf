/** A new name, typed where the old one is. It lies over the row and not in it: a tree takes letters typed inside of it as a search. */
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { filesMessages as words } from '../../messages/files.ts';
import { nameOf, nameProblem } from '../../stores/files/file-paths.ts';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName } from './visible-name.ts';

/** Enter and leaving it take the name, Escape does not. `box` is what the row is in. */
export function RenameField({ path, box }: { path: string; box: RefObject<HTMLDivElement | null> }) {
  const { files, openFiles } = useFilesContext().workspace;
  const before = nameOf(path);
  const [name, setName] = useState(before);
  const field = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  const problem = name === before ? null : nameProblem(name);

  useLayoutEffect(() => {
    const input = field.current;
    const frame = box.current?.getBoundingClientRect();
    const row = contentOf(box.current, path);
    const label = row?.querySelector('bdi')?.getBoundingClientRect();
    if (!input || !frame || !row || !label) return;
    const left = label.left - frame.left - 5;
    const { top, height } = row.getBoundingClientRect();
    Object.assign(input.style, {
      left: `${left}px`,
      top: `${top - frame.top}px`,
      width: `${Math.max(120, frame.width - left - 12)}px`,
      height: `${height}px`,
    });
    // The menu gives the focus back when it has closed: a moment later it may be taken.
    const wait = requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        input.focus();
        const dot = before.lastIndexOf('.');
        input.setSelectionRange(0, dot > 0 ? dot : before.length);
      }),
    );
    return () => cancelAnimationFrame(wait);
  }, [path, box, before]);

  const end = (take: boolean) => {
    if (isDone.current) return;
    isDone.current = true;
    const pane = box.current;
    // Once the row is drawn under its new name; the tree would take a neighbour for the one that went.
    const back = (to: string) =>
      requestAnimationFrame(() =>
        requestAnimationFrame(() => contentOf(pane, to)?.closest<HTMLElement>('[role="row"]')?.focus()),
      );
    if (!take || name === before || problem) {
      files.rename(null);
      back(path);
      return;
    }
    const to = path.slice(0, path.length - before.length) + name;
    void files.renameTo(path, name).then((isRenamed) => {
      if (isRenamed) openFiles.moved(path, to);
      back(isRenamed ? to : path);
    });
  };
  return (
    <input
      ref={field}
      className={styles.rename}
      aria-label={words.nameOf(visibleName(before))}
      aria-invalid={problem ? true : undefined}
      title={problem ? words.nameProblems[problem] : undefined}
      value={name}
      dir="auto"
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => setName(event.target.value)}
      onBlur={(event) => {
        if (!event.target.matches(':focus')) end(true);
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter' && !problem) end(true);
        if (event.key === 'Escape') end(false);
      }}
    />
  );
}

/** What is drawn of a path's row. */
function contentOf(box: HTMLElement | null, path: string): HTMLElement | undefined {
  return [...(box?.querySelectorAll<HTMLElement>('[data-path]') ?? [])].find(
    (candidate) => candidate.dataset.path === path,
  );
}
