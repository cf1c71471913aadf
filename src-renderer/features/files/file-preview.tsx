/** The right side: what is in the selected file, and what can be done with it. */
import { ArrowLeft, Download, FileQuestion } from 'lucide-react';
import { Suspense } from 'react';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes } from '../../messages/format.ts';
import type { OpenFile } from '../../stores/files/open-files.ts';
import { Button } from '../../ui/button.tsx';
import { lazyPart } from '../../ui/lazy-part.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { ViewBoundary } from '../problem/view-boundary.tsx';
import styles from './files.module.css';
import { useFiles, useFilesContext, useOpenFile } from './files-context.ts';
import { changed, PreviewHead } from './preview-head.tsx';
import { visibleName } from './visible-name.ts';

const TextPreview = lazyPart(async () => (await import('./text-preview.tsx')).TextPreview);
const ImagePreview = lazyPart(async () => (await import('./image-preview.tsx')).ImagePreview);

/** `withBack`: the tree is not beside it. */
export function FilePreviewPane({ withBack = false }: { withBack?: boolean }) {
  const { files } = useFilesContext().workspace;
  const [path, count] = useFiles((state) => [state.open, state.selected.size] as const);
  const file = useOpenFile(path);
  return (
    <section className={styles.preview} aria-label={words.preview} data-region="preview" tabIndex={-1}>
      {withBack && (
        <div className={styles.back}>
          <Button look="quiet" icon={<ArrowLeft size={14} aria-hidden />} onPress={() => files.open(null)}>
            {words.back}
          </Button>
        </div>
      )}
      {path === null || !file ? (
        <p className={styles.hint}>{count > 1 ? words.selectedCount(count) : words.pickFile}</p>
      ) : (
        <ViewBoundary key={path}>
          <Suspense fallback={<p className={styles.hint}>{words.previewLoading}</p>}>
            <Shown file={file} />
          </Suspense>
        </ViewBoundary>
      )}
    </section>
  );
}

function Shown({ file }: { file: OpenFile }) {
  const { preview, path, problem, loading } = file;
  if (!preview) {
    return (
      <>
        <PreviewHead path={path} />
        {problem && !loading ? (
          <div className={styles.notices}>
            <ProblemNotice problem={problem} />
          </div>
        ) : (
          <p className={`${styles.hint} ${styles.late}`}>{words.previewLoading}</p>
        )}
      </>
    );
  }
  switch (preview.kind) {
    case 'text':
      return <TextPreview file={file} preview={preview} />;
    case 'image':
      return <ImagePreview file={file} preview={preview} />;
    case 'binary':
      return (
        <NoPreview path={path} text={words.binary} facts={[formatBytes(preview.size), changed(preview)]} />
      );
    case 'directory':
      return <NoPreview path={path} text={words.isFolder} facts={[]} isFolder />;
    case 'other':
      return <NoPreview path={path} text={words.other} facts={[]} noDownload />;
    case 'broken-link':
      return (
        <NoPreview path={path} text={words.brokenLink(visibleName(preview.target))} facts={[]} noDownload />
      );
  }
}

function NoPreview({
  path,
  text,
  facts,
  noDownload = false,
  isFolder = false,
}: {
  path: string;
  text: string;
  facts: readonly string[];
  noDownload?: boolean;
  isFolder?: boolean;
}) {
  const { registry, workspace, sessionId, active } = useFilesContext();
  return (
    <>
      <PreviewHead path={path} facts={facts} />
      <div className={styles.noPreview}>
        <FileQuestion size={32} aria-hidden />
        <p>{text}</p>
        {active && isFolder && (
          <Button onPress={() => void workspace.files.show(path)}>{words.openFolder}</Button>
        )}
        {active && !noDownload && (
          <Button
            icon={<Download size={14} aria-hidden />}
            onPress={() => registry.transfers.download(sessionId, [path])}
          >
            {words.download}
          </Button>
        )}
      </div>
    </>
  );
}
