/** The head of every preview: name and facts of the file, and its buttons. */
import { Download, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { filesMessages as words } from '../../messages/files.ts';
import { formatWhen } from '../../messages/format.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import { IconButton } from '../../ui/button.tsx';
import { FileName } from './file-name.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName } from './visible-name.ts';

/** "Changed 3 Nov, 10:42"; nothing where the sandbox does not say. */
export function changed({ modifiedAt }: { modifiedAt: number }): string {
  return modifiedAt > 0 ? words.modified(formatWhen(modifiedAt, Date.now())) : '';
}

/** Name and facts of the file; `children` are its buttons. */
export function PreviewHead({
  path,
  facts = [],
  state,
  children,
}: {
  path: string;
  facts?: readonly string[];
  /** What has become of the text. */
  state?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className={styles.previewHead}>
      <div className={styles.previewTitle}>
        <h2 title={visibleName(path)}>
          <FileName name={nameOf(path)} />
        </h2>
        <p className={styles.facts}>
          {facts.filter(Boolean).join(' · ')}
          {state}
        </p>
      </div>
      {children}
    </header>
  );
}

/** Reads the file again, and downloads it. */
export function PreviewButtons({ path }: { path: string }) {
  const { registry, workspace, sessionId, active } = useFilesContext();
  if (!active) return null;
  return (
    <>
      <IconButton
        label={words.reload}
        icon={<RefreshCw size={16} aria-hidden />}
        onPress={() => void workspace.openFiles.load(path)}
      />
      <IconButton
        label={words.download}
        icon={<Download size={16} aria-hidden />}
        onPress={() => registry.transfers.download(sessionId, [path])}
      />
    </>
  );
}
