/** Markdown output: micromark (raw HTML stays text), then the Sanitizer; links open in the person's browser after main's check. */
import { micromark } from 'micromark';
import { gfmAutolinkLiteral, gfmAutolinkLiteralHtml } from 'micromark-extension-gfm-autolink-literal';
import { gfmStrikethrough, gfmStrikethroughHtml } from 'micromark-extension-gfm-strikethrough';
import { gfmTable, gfmTableHtml } from 'micromark-extension-gfm-table';
import { gfmTaskListItem, gfmTaskListItemHtml } from 'micromark-extension-gfm-task-list-item';
import { useEffect, useRef } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { markdownRules } from './markup-rules.ts';
import styles from './output.module.css';
import { safeMarkup } from './safe-markup.ts';

const longest = 500_000;

/** What GitHub's Markdown adds, but for footnotes, which need places that can be led to. */
const extensions = [gfmAutolinkLiteral(), gfmStrikethrough(), gfmTable(), gfmTaskListItem()];
const htmlExtensions = [
  gfmAutolinkLiteralHtml(),
  gfmStrikethroughHtml(),
  gfmTableHtml(),
  gfmTaskListItemHtml(),
];

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
  const html = micromark(source.slice(0, longest), { extensions, htmlExtensions });
  const fragment = safeMarkup(html, markdownRules);
  for (const link of fragment.querySelectorAll('a')) {
    if (!/^(https?:|mailto:|#)/i.test(link.getAttribute('href') ?? '')) link.removeAttribute('href');
  }
  for (const image of fragment.querySelectorAll('img')) {
    if (!/^data:image\/(png|jpeg|gif|webp)[;,]/i.test(image.getAttribute('src') ?? '')) {
      image.replaceWith(image.getAttribute('alt') ?? '');
    }
  }
  return fragment;
}
