/** A TCP relay on loopback that counts bytes and lets each wait, as a far link does. */
import { connect, createServer, type Socket } from 'node:net';

/** See `startSlowLink`. */
export interface SlowLink extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went to the target, and that came from it. */
  readonly sent: number;
  readonly received: number;
}

/** Every connection to its port goes on to `target`; what travels takes `oneWayMs`, however much it is. */
export async function startSlowLink(target: number, oneWayMs: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const counts = { sent: 0, received: 0 };
  const relay = (from: Socket, to: Socket, count: (bytes: number) => void): void => {
    let turn = Promise.resolve();
    const later = (work: () => void): void => {
      const due = performance.now() + oneWayMs;
      turn = turn.then(async () => {
        const left = due - performance.now();
        if (left > 0.5) await new Promise((resolve) => setTimeout(resolve, left));
        work();
      });
    };
    from.on('data', (bytes) => {
      count(bytes.length);
      if (oneWayMs > 0) later(() => to.write(bytes));
      else if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => (oneWayMs > 0 ? later(() => to.end()) : to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    sockets.add(near).add(far);
    relay(near, far, (bytes) => {
      counts.sent += bytes;
    });
    relay(far, near, (bytes) => {
      counts.received += bytes;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get sent() {
      return counts.sent;
    },
    get received() {
      return counts.received;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
