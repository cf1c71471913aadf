/** Brings what a search found into view. */
import type { FoundPlace } from '../../stores/output/output-search.ts';
import type { Viewport } from './viewport.ts';

/** See the head of the file. */
export function showPlace(viewport: Viewport, { part, row }: FoundPlace): void {
  if (part.kind === 'text' && row !== null) {
    viewport.showRow(part.buffer, row);
    return;
  }
  viewport.leaveEnd();
  viewport.element?.querySelector(`[data-part="${part.id}"]`)?.scrollIntoView({ block: 'center' });
}
