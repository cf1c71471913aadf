/** A picture of the sandbox: drawn from its bytes in an img, where no script of it can run. */
import { useEffect, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import { maxImageBytes } from '../../../src-shared/domain/file.ts';
import { useApp } from '../../app/app-context.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes } from '../../messages/format.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import type { OpenFile } from '../../stores/files/open-files.ts';
import { cx } from '../../ui/cx.ts';
import { Segments } from '../../ui/field.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { changed, PreviewButtons, PreviewHead } from './preview-head.tsx';
import { visibleName } from './visible-name.ts';

type ImageFile = Extract<NonNullable<OpenFile['preview']>, { kind: 'image' }>;

/** See the head of the file. */
export function ImagePreview({ file, preview }: { file: OpenFile; preview: ImageFile }) {
  const { path } = file;
  return (
    <>
      <PreviewHead path={path} facts={[formatBytes(preview.size), changed(preview)]}>
        <div className={styles.previewButtons}>
          <PreviewButtons path={path} />
        </div>
      </PreviewHead>
      {preview.size > maxImageBytes ? (
        <p className={styles.hint}>{words.tooLargeImage}</p>
      ) : (
        <Picture path={path} version={preview.modifiedAt} />
      )}
    </>
  );
}

/** The picture, fitted or in its own size; read again for another `version`. */
export function Picture({ path, version }: { path: string; version: number }) {
  const { bridge } = useApp();
  const { sessionId } = useFilesContext();
  const [shown, setShown] = useState<{ url: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [zoom, setZoom] = useState<'fit' | 'full'>('fit');
  const [size, setSize] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is another picture
  useEffect(() => {
    let url: string | null = null;
    let isGone = false;
    bridge.call('files.readImage', { sessionId, path }).then(
      ({ mime, bytes }) => {
        if (isGone) return;
        url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: mime }));
        setShown({ url });
        setProblem(null);
      },
      (error: unknown) => {
        if (!isGone) setProblem(toProblem(error));
      },
    );
    return () => {
      isGone = true;
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [bridge, sessionId, path, version]);
  if (problem) {
    return (
      <div className={styles.previewNotices}>
        <ProblemNotice problem={problem} />
      </div>
    );
  }
  if (!shown) return <p className={cx(styles.hint, styles.late)}>{words.previewLoading}</p>;
  const name = visibleName(nameOf(path));
  return (
    <>
      <ScrollArea label={words.picture(name)} className={cx(styles.picture, zoom === 'full' && styles.full)}>
        <img
          src={shown.url}
          alt={words.picture(name)}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setSize(`${naturalWidth} × ${naturalHeight}`)
          }
        />
      </ScrollArea>
      <div className={styles.pictureBar}>
        <span className={styles.facts}>{size}</span>
        <Segments
          label={words.zoom}
          hideLabel
          value={zoom}
          options={[
            { value: 'fit', label: words.zoomFit },
            { value: 'full', label: words.zoomFull },
          ]}
          onChange={setZoom}
        />
      </div>
    </>
  );
}
