// Preloaded into utility processes: process.parentPort on top of node's child-process messages.
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { UtilityMessage } from './utility-process.ts';

/** A port as the child's code uses it. */
interface ChildPort extends MessagePort {
  on(name: string, listener: (event: { data: unknown; ports: unknown[] }) => void): ChildPort;
}

const ports = new Map<string, MessagePort>();
let lastId = 0;
const send = (message: UtilityMessage): void => {
  if (process.connected) process.send?.(message);
};
const adopt = (id: string, port: MessagePort): void => {
  ports.set(id, port);
  port.onmessage = (event) => send({ op: 'port', id, data: event.data, ports: [] });
  port.addEventListener('close', () => {
    if (ports.delete(id)) send({ op: 'portclose', id });
  });
  (port as unknown as { unref?: () => void }).unref?.();
};
const lend = (port: MessagePort): string => {
  const id = `u${++lastId}`;
  adopt(id, port);
  return id;
};
const borrow = (id: string): ChildPort => {
  const { port1, port2 } = new MessageChannel();
  adopt(id, port1);
  const port = port2 as ChildPort;
  port.on = (name, listener) => {
    port2.addEventListener(name, (event) => listener({ data: (event as MessageEvent).data, ports: [] }));
    return port;
  };
  return port;
};
/** Messages that came before the child's script listened. */
let early: object[] | null = [];
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown, transfer: MessagePort[] = []) =>
    send({ op: 'message', data, ports: transfer.map(lend) }),
  start: () => {},
});

// Node runs --import files in workers of the child as well; only the main script has a parent.
if (process.send && process.argv[1] !== fileURLToPath(import.meta.url)) {
  Object.assign(process, { type: 'utility', parentPort });
  parentPort.on('newListener', (name) => {
    if (name !== 'message' || !early) return;
    const waiting = early;
    early = null;
    queueMicrotask(() => {
      for (const event of waiting) parentPort.emit('message', event);
    });
  });
  process.on('message', (message: UtilityMessage) => {
    if (message.op === 'message') {
      const event = { data: message.data, ports: message.ports.map(borrow) };
      if (early) early.push(event);
      else parentPort.emit('message', event);
    } else if (message.op === 'port') ports.get(message.id)?.postMessage(message.data);
    else {
      ports.get(message.id)?.close();
      ports.delete(message.id);
    }
  });
  process.on('disconnect', () => process.exit(0));
}
