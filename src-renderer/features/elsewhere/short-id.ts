/** How ids of sandboxes are shown. */

/** Ids of engines are 64 characters long; twelve are what people compare. */
export function shortId(id: string): string {
  return id.length > 20 ? id.slice(0, 12) : id;
}
