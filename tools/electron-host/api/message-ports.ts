// MessageChannelMain, and ports whose other end lives in a page or in a utility process.
import type * as Electron from 'electron';
import { later } from '../host-state.ts';
import { strictEmitter } from '../strict.ts';

/** What arrives on a port in main. */
export interface PortDelivery {
  data: unknown;
  ports: MessagePortMain[];
}

/** Something that a message can be handed to; the opposite side of a MessagePortMain. */
interface PortEnd {
  other: PortEnd | null;
  deliver(delivery: PortDelivery): void;
  otherClosed(): void;
}

/** Carries a port's messages to where its far end lives. */
export interface PortCarrier {
  port(id: string, data: unknown, ports: MessagePortMain[]): void;
  closed(id: string): void;
}

/** The port of Electron's main process. Messages wait until `start`. */
export class MessagePortMain
  extends strictEmitter('MessagePortMain')
  implements PortEnd, Pick<Electron.MessagePortMain, 'close' | 'start'>
{
  other: PortEnd | null = null;
  #queue: PortDelivery[] = [];
  #started = false;

  postMessage(message: unknown, transfer: MessagePortMain[] = []): void {
    this.other?.deliver({ data: structuredClone(message), ports: transfer });
  }

  start(): void {
    this.#started = true;
    for (const delivery of this.takeWaiting()) this.emit('message', delivery);
  }

  close(): void {
    const other = this.other;
    this.other = null;
    if (!other) return;
    other.other = null;
    other.otherClosed();
  }

  deliver(delivery: PortDelivery): void {
    if (this.#started) this.emit('message', delivery);
    else this.#queue.push(delivery);
  }

  otherClosed(): void {
    this.emit('close');
  }

  /** Empties the queue of a port that was not started. */
  takeWaiting(): PortDelivery[] {
    return this.#queue.splice(0);
  }
}

/** Two ports that are each other's opposite. */
export class MessageChannelMain {
  readonly port1 = new MessagePortMain();
  readonly port2 = new MessagePortMain();

  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

/** The stand-in in main for a port that lives elsewhere. */
class RemotePort implements PortEnd {
  other: PortEnd | null = null;
  readonly #id: string;
  readonly #table: PortTable;

  constructor(table: PortTable, id: string) {
    this.#table = table;
    this.#id = id;
  }

  deliver({ data, ports }: PortDelivery): void {
    this.#table.carrier.port(this.#id, data, ports);
  }

  otherClosed(): void {
    this.#table.forget(this.#id);
    this.#table.carrier.closed(this.#id);
  }

  /** The place where the port lived is gone, or closed it. */
  gone(): void {
    this.#table.forget(this.#id);
    const other = this.other;
    this.other = null;
    if (!other) return;
    other.other = null;
    other.otherClosed();
  }
}

let lastLent = 0;

/** The ports between main and one page (or utility process), by the ids that both use. */
export class PortTable {
  readonly carrier: PortCarrier;
  readonly #ports = new Map<string, RemotePort>();

  constructor(carrier: PortCarrier) {
    this.carrier = carrier;
  }

  /** How many ports are open; for leak tests. */
  get size(): number {
    return this.#ports.size;
  }

  /** Sends ports of main away: returns the ids under which the other side gets them. Their ends here no longer work. */
  lend(ports: readonly MessagePortMain[]): string[] {
    return ports.map((port) => {
      const id = `m${++lastLent}`;
      const remote = this.#add(id, port.other ?? new MessagePortMain());
      port.other = null;
      // After the message that carries the port itself.
      later(() => {
        for (const delivery of port.takeWaiting()) remote.deliver(delivery);
      });
      return id;
    });
  }

  /** Receives ports that the other side sent: their ends in main. */
  take(ids: readonly string[] = []): MessagePortMain[] {
    return ids.map((id) => {
      const port = new MessagePortMain();
      this.#add(id, port);
      return port;
    });
  }

  /** A message that the other side posted on its end `id`. */
  receive(id: string, delivery: PortDelivery): void {
    this.#ports.get(id)?.other?.deliver(delivery);
  }

  /** The other side closed its end. */
  closed(id: string): void {
    this.#ports.get(id)?.gone();
  }

  /** The other side is gone with all its ends. */
  closeAll(): void {
    for (const port of [...this.#ports.values()]) port.gone();
  }

  forget(id: string): void {
    this.#ports.delete(id);
  }

  #add(id: string, other: PortEnd): RemotePort {
    const remote = new RemotePort(this, id);
    remote.other = other;
    other.other = remote;
    this.#ports.set(id, remote);
    return remote;
  }
}
