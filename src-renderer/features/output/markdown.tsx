/** Markdown output: micromark (raw HTML stays text), then DOMPurify; links open in the person's browser after main's check. */
import DOMPurify from 'dompurify';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { useEffect, useRef } from 'react';
import { useApp } from '../../app/app-context.tsx';
import styles from './output.module.css';

const longest = 500_000;

/** Draws `source`. */
export function Markdown({ source }: { source: string }) {
  const { actions } = useApp();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.replaceChildren(renderMarkdown(source));
  }, [source]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element).closest('a');
      if (!link) return;
      event.preventDefault();
      const url = link.getAttribute('href') ?? '';
      if (url.startsWith('https://')) void actions.attempt('shell.openExternal', { url });
    };
    element.addEventListener('click', onClick);
    return () => element.removeEventListener('click', onClick);
  }, [actions]);
  return <div ref={box} className={styles.markdown} />;
}

/** Markdown as safe nodes: no styles, no remote images, no forms. */
export function renderMarkdown(source: string): DocumentFragment {
  const html = micromark(source.slice(0, longest), { extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  const fragment = DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'svg', 'math', 'audio', 'video'],
    FORBID_ATTR: ['style', 'srcset', 'class', 'id', 'target'],
  });
  for (const image of fragment.querySelectorAll('img')) {
    if (!/^data:image\/(png|jpeg|gif|webp)[;,]/i.test(image.getAttribute('src') ?? '')) {
      image.replaceWith(image.getAttribute('alt') ?? '');
    }
  }
  return fragment;
}
