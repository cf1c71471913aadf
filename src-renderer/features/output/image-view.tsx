/** An image of the output: scaled to fit, enlarged by a click, saved and copied. */
import { Check, Copy } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { outputMessages as words } from '../../messages/output.ts';
import { Button } from '../../ui/button.tsx';
import { imageBlob } from './image-blob.ts';
import styles from './output.module.css';
import { useCopy } from './use-copy.ts';
import { type FormChoice, SaveValue, ValueFigure, type ValueSource } from './value-figure.tsx';

const ImageDialog = lazy(async () => ({ default: (await import('./image-dialog.tsx')).ImageDialog }));

/** Draws the image at `source` (a data address). */
export function ImageView({
  source,
  alt,
  type,
  choice,
  stored,
}: {
  source: string;
  alt: string;
  type: string;
  choice: FormChoice | null;
  stored: ValueSource | null;
}) {
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  if (broken) {
    return (
      <ValueFigure
        choice={choice}
        actions={<SaveValue source={stored} type={type} label={words.imageSave} />}
      >
        <p className={styles.quiet}>{words.imageBroken}</p>
      </ValueFigure>
    );
  }
  const actions = <ImageActions source={source} type={type} stored={stored} />;
  return (
    <ValueFigure choice={choice} actions={actions}>
      <button
        type="button"
        className={styles.paper}
        title={words.imageOpen(alt)}
        onClick={() => setOpen(true)}
      >
        <img src={source} alt={alt} onError={() => setBroken(true)} />
      </button>
      {open && (
        <Suspense>
          <ImageDialog source={source} alt={alt} actions={actions} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </ValueFigure>
  );
}

function ImageActions({
  source,
  type,
  stored,
}: {
  source: string;
  type: string;
  stored: ValueSource | null;
}) {
  const [copied, copy] = useCopy();
  const [failed, setFailed] = useState(false);
  const Icon = copied ? Check : Copy;
  const copyImage = async () => {
    const blob = await imageBlob(source);
    setFailed(!blob || !(await copy(blob)));
  };
  return (
    <>
      <Button look="quiet" icon={<Icon size={14} aria-hidden />} onPress={() => void copyImage()}>
        {copied ? words.copied : failed ? words.notCopied : words.imageCopy}
      </Button>
      <SaveValue source={stored} type={type} label={words.imageSave} />
    </>
  );
}
