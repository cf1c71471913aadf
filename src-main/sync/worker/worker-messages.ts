/** What the main thread and the sync's threads say to each other. Plain values: structured clone carries them. */
import type { Problem } from '../../../src-shared/contract/errors.ts';

/** What a thread gets when it starts. */
export interface ThreadData {
  /** One Int32: not 0 once nobody wants the running job's result. Shared, because a synchronous loop hears no messages. */
  readonly stopFlag: SharedArrayBuffer;
}

/** To a thread: one job. The next one is sent only after this one's answer. */
export interface JobCall {
  readonly name: string;
  readonly input: unknown;
}

/** From a thread: any number of `progress`, then one of the other two. */
export type JobReply =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly problem: Problem };
