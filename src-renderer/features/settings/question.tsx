/** A question in place, before something is lost: the focus is on the answer that keeps it. */
import { useEffect, useRef } from 'react';
import { shellMessages } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useFocusBack } from './use-focus-back.ts';

/** `onDone` is called after either answer. */
export function Question({
  title,
  body,
  confirm,
  onConfirm,
  onDone,
}: {
  title: string;
  body: string;
  confirm: string;
  onConfirm: () => void;
  onDone: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  useFocusBack(box);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={box} role="alertdialog" aria-label={title}>
      <Notice
        level="warning"
        title={title}
        actions={
          <>
            <Button autoFocus onPress={onDone}>
              {shellMessages.cancel}
            </Button>
            <Button
              look="danger"
              onPress={() => {
                onDone();
                onConfirm();
              }}
            >
              {confirm}
            </Button>
          </>
        }
      >
        <p>{body}</p>
      </Notice>
    </div>
  );
}
