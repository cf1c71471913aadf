/** Runs by the day on which they started, newest first. Pure. */
import type { HistoryItem } from '../../../src-shared/contract/history-operations.ts';
import { activityMessages as words } from '../../messages/activity.ts';

/** The runs of one day. */
export interface DayGroup {
  /** Midnight, ms since the epoch. */
  id: number;
  title: string;
  items: HistoryItem[];
}

/** Groups `items`, which are in order already. */
export function dayGroups(items: readonly HistoryItem[], now: number): DayGroup[] {
  const groups: DayGroup[] = [];
  for (const item of items) {
    const id = midnight(item.startedAt);
    const last = groups.at(-1);
    if (last?.id === id) last.items.push(item);
    else groups.push({ id, title: titleOf(id, now), items: [item] });
  }
  return groups;
}

function titleOf(id: number, now: number): string {
  const today = midnight(now);
  if (id === today) return words.today;
  // Not 24 hours: days may be longer or shorter.
  if (id === midnight(today - 1)) return words.yesterday;
  return words.day(id);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
