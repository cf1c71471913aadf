/** Readings of a session: an hour of them where a test asks for it, then one every so often while somebody looks. */
import type { StreamHandle, StreamObserver } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

const gigabyte = 1_073_741_824;

/** Follows a session's readings; `counted.metricsOpen` is how many do so now. */
export function measure(
  main: ScenarioMain,
  observer: StreamObserver<'metrics'>,
  counted: { metricsOpen: number },
): StreamHandle<'metrics'> {
  const { metricsMs, readings = 0 } = main.options;
  let finish: (reply: Reply<null>) => void = () => {};
  const done = new Promise<Reply<null>>((resolve) => {
    finish = resolve;
  });
  const started = Date.now() - readings * 2000;
  const shape = readings > 0 ? waving : steady;
  let index = readings;
  counted.metricsOpen += 1;
  const tick = () => {
    void observer.onData([{ ...shape(index), at: Date.now(), elapsedMs: Date.now() - started }]);
    index += 1;
  };
  const timer = setInterval(tick, metricsMs ?? 2000);
  setTimeout(() => {
    const past = Array.from({ length: readings }, (_, n) => ({
      ...shape(n),
      at: started + n * 2000,
      elapsedMs: n * 2000,
    }));
    if (past.length > 0) void observer.onData(past);
    else tick();
  }, 10);
  return {
    done,
    cancel: () => {},
    close: () => {
      clearInterval(timer);
      counted.metricsOpen -= 1;
      finish(refuse('cancelled', 'Closed.'));
    },
  };
}

type Shape = Omit<MetricsSample, 'at' | 'elapsedMs'>;

/** What a driver says that counts neither disk nor network. */
function steady(): Shape {
  return {
    cpuPercent: 38.4,
    cpuCount: 2,
    memoryUsed: 1.1 * gigabyte,
    memoryTotal: 2 * gigabyte,
    diskUsed: null,
    diskTotal: null,
    processes: 3,
    networkReceived: null,
    networkSent: null,
  };
}

/** Something that works: every reading there is, going up and down. */
function waving(n: number): Shape {
  return {
    cpuPercent: 60 + 50 * Math.sin(n / 9) + 8 * Math.sin(n * 3),
    cpuCount: 4,
    memoryUsed: (0.8 + 0.3 * Math.sin(n / 40)) * gigabyte,
    memoryTotal: 2 * gigabyte,
    diskUsed: 3.1 * gigabyte + n * 100_000,
    diskTotal: 10 * gigabyte,
    processes: n % 30 === 0 ? 7 : 5,
    networkReceived: n * 50_000 + 200_000 * (1 + Math.sin(n / 6)),
    networkSent: n * 14_000 + 40_000 * (1 + Math.cos(n / 5)),
  };
}
