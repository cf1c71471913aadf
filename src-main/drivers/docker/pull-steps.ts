/** A pull in words for people who wait: "Pulling python:3.12-slim: 34 of 45 MB". */
import type { PullProgress } from './engine/engine-types.ts';

/** The words of one state. */
export function pullStep(
  image: string,
  { phase, doneBytes, totalBytes, layers, layersDone }: PullProgress,
): string {
  if (phase === 'done') return `Pulled ${image}`;
  if (phase === 'resolving' || totalBytes <= 0) return `Pulling ${image}`;
  if (phase === 'extracting') return `Unpacking ${image}: ${layersDone} of ${layers} layers`;
  return `Pulling ${image}: ${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB`;
}

/**
 * Tells the words of a pull at most every `everyMs`, and never the same twice: an engine reports thousands of times.
 * `now` in ms.
 */
export function pullReporter(
  image: string,
  tell: (step: string) => void,
  now: () => number,
  everyMs = 250,
): (progress: PullProgress) => void {
  let last = '';
  let at = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const step = pullStep(image, progress);
    if (step === last || (progress.phase !== 'done' && now() - at < everyMs)) return;
    last = step;
    at = now();
    tell(step);
  };
}

function megabytes(bytes: number): string {
  const value = bytes / 1_000_000;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
