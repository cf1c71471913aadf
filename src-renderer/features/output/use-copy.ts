/** Copying with a short "copied" afterwards. */
import { useEffect, useRef, useState } from 'react';

const shownMs = 1500;

/** Whether it was just copied, and the function that copies a text or an image. */
export function useCopy(): [boolean, (what: string | Blob) => Promise<boolean>] {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (what: string | Blob) => {
    try {
      if (typeof what === 'string') await navigator.clipboard.writeText(what);
      else await navigator.clipboard.write([new ClipboardItem({ [what.type]: what })]);
    } catch {
      return false;
    }
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), shownMs);
    return true;
  };
  return [copied, copy];
}
