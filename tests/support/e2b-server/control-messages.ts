// E2B's own words where a client has to tell refusals apart by them.

/** E2B's words for too many sandboxes at once; this 429 carries no Retry-After. */
export function quotaMessage(limit: number): string {
  return `you have reached the maximum number of concurrent E2B sandboxes (${limit}). If you need more, please contact us at 'https://e2b.dev/docs/getting-help'`;
}

/** The refusal of a lifetime beyond the plan. */
export function tooLong(maxSeconds: number): string {
  return `Timeout cannot be greater than ${Math.round((maxSeconds / 3600) * 100) / 100} hours`;
}
