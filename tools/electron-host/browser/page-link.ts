// The host's line to one page: its CDP target, its isolated world, and the batched messages to that world.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { PortTable } from '../api/message-ports.ts';
import { host } from '../host-state.ts';
import { makeCodec } from '../page/codec.ts';
import type { FromPage, PageConfig, ToPage } from '../page/messages.ts';
import { pageScripts } from '../page/scripts.ts';
import type { CdpSession } from './cdp.ts';
import { type AttachedTarget, expectTarget } from './targets.ts';

/** The codec on Node's side. */
export const { pack, unpack } = makeCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  (text) => {
    const bytes = Buffer.from(text, 'base64');
    // A buffer of its own: small Buffers share a pool.
    return bytes.byteLength === bytes.buffer.byteLength
      ? new Uint8Array(bytes.buffer)
      : new Uint8Array(bytes);
  },
);

/** The isolated world's name is the one that Electron uses, so that DevTools look the same. */
const WORLD = 'Electron Isolated Context';
const BINDING = '__electronHostSend';
/** Many messages of this size are faster through the pipe than few bigger ones. */
const BATCH_BYTES = 1 << 16;

/** How a page is made. */
export interface PageOptions {
  /** Unique among the windows of this process. */
  id: number;
  width: number;
  height: number;
  preload: string | null;
  additionalArguments: readonly string[];
}

/**
 * Emits `operation` (FromPage) for what the isolated world says, and `world` with whether there is one. Dispose with
 * `drop` when the page is gone.
 */
export class PageLink extends EventEmitter {
  targetId = '';
  /** Null until `open` found the target. */
  session: CdpSession | null = null;
  readonly ports = new PortTable({
    port: (id, data, ports) => this.post({ op: 'port', id, data: pack(data), ports: this.ports.lend(ports) }),
    closed: (id) => this.post({ op: 'portclose', id }),
  });
  #world: string | null = null;
  #outgoing: ToPage[] = [];
  #dropped = false;

  /**
   * Makes the target and installs everything before its first byte. `listen` adds the caller's listeners while the target
   * is still paused; `prepare` are further calls to make before it runs.
   */
  async open(
    options: PageOptions,
    listen: (session: CdpSession) => void,
    prepare: [string, object][],
  ): Promise<void> {
    await host.booted;
    if (!host.cdp) throw new Error('Chromium is not running');
    const { sessionId, targetInfo } = await this.#createTarget(options);
    this.targetId = targetInfo.targetId;
    const session = host.cdp.session(sessionId);
    this.session = session;
    this.#listen(session);
    listen(session);
    const source = options.preload === null ? null : readFileSync(options.preload, 'utf8');
    const calls: [string, object][] = [
      ['Page.enable', {}],
      ['Runtime.enable', {}],
      ['Page.setLifecycleEventsEnabled', { enabled: true }],
      ['Runtime.addBinding', { name: BINDING, executionContextName: WORLD }],
      ...pageScripts(pageConfig(options), source).map((script): [string, object] => [
        'Page.addScriptToEvaluateOnNewDocument',
        script,
      ]),
      ...prepare,
      ['Runtime.runIfWaitingForDebugger', {}],
    ];
    await Promise.all(calls.map(([method, parameters]) => session.send(method, parameters)));
  }

  /** Sends a message to the isolated world; without one it is lost, as in Electron. Messages keep their order. */
  post(message: ToPage): void {
    if (this.#world === null) return;
    if (this.#outgoing.push(message) === 1) queueMicrotask(() => this.#flush());
  }

  /** Evaluates an expression in the isolated world and returns its JSON value. */
  async evaluate<T>(expression: string): Promise<T> {
    if (!this.session || this.#world === null) throw new Error('the page is not loaded');
    const { result } = await this.session.send<{ result: { value: T } }>('Runtime.evaluate', {
      expression,
      uniqueContextId: this.#world,
      returnByValue: true,
    });
    return result.value;
  }

  /** Ends the line: all ports close, later messages are lost. */
  drop(): void {
    this.#dropped = true;
    this.#leaveWorld();
    if (this.session) host.cdp?.dropSession(this.session.id);
  }

  async #createTarget({ id, width, height }: PageOptions): Promise<AttachedTarget> {
    // The first address is unique, so that the target can be recognised when it appears.
    const url = `https://w${id}-${randomBytes(6).toString('hex')}.host.invalid/`;
    const attached = expectTarget(url);
    if (host.headless) {
      host.cdp?.tell('Target.createTarget', { url, newWindow: true, width, height });
    } else {
      // Only the command line opens a window without tabs and address bar. Chromium's process singleton hands this call
      // to the running browser and the new process ends.
      const child = spawn(host.chromiumPath, [...host.chromiumArguments, `--app=${url}`], {
        stdio: 'ignore',
      });
      child.on('error', () => host.cdp?.tell('Target.createTarget', { url, newWindow: true, width, height }));
    }
    return attached;
  }

  #listen(session: CdpSession): void {
    type Context = { name: string; uniqueId: string; auxData?: { frameId?: string } };
    session.on('Runtime.executionContextCreated', ({ context }: { context: Context }) => {
      if (this.#dropped || context.name !== WORLD || context.auxData?.frameId !== this.targetId) return;
      this.#leaveWorld();
      this.#world = context.uniqueId;
      this.emit('world', true);
    });
    session.on('Runtime.executionContextDestroyed', (event: { executionContextUniqueId: string }) => {
      if (event.executionContextUniqueId === this.#world) this.#leaveWorld();
    });
    session.on('Runtime.executionContextsCleared', () => this.#leaveWorld());
    session.on('Runtime.bindingCalled', (event: { name: string; payload: string }) => {
      if (event.name !== BINDING || this.#dropped) return;
      const message = JSON.parse(event.payload) as FromPage;
      if (message.op === 'port') {
        this.ports.receive(message.id, { data: unpack(message.data), ports: this.ports.take(message.ports) });
      } else if (message.op === 'portclose') this.ports.closed(message.id);
      else this.emit('operation', message);
    });
  }

  #leaveWorld(): void {
    if (this.#world !== null) this.emit('world', false);
    this.#world = null;
    this.#outgoing = [];
    this.ports.closeAll();
  }

  #flush(): void {
    const world = this.#world;
    const messages = this.#outgoing.splice(0);
    if (world === null) return;
    let part: string[] = [];
    let size = 0;
    const send = (): void => {
      if (part.length === 0) return;
      // A literal is parsed faster than JSON.parse of a string, and needs one escaping less.
      const expression = `__hostRecv([${part.join(',')}])`;
      this.session?.tell('Runtime.evaluate', { expression, uniqueContextId: world, silent: true });
      part = [];
      size = 0;
    };
    for (const message of messages) {
      const json = JSON.stringify(message);
      // In a literal, "__proto__" would set the prototype instead of a key.
      const text = json.includes('__proto__') ? `JSON.parse(${JSON.stringify(json)})` : json;
      part.push(text);
      size += text.length;
      if (size > BATCH_BYTES) send();
    }
    send();
  }
}

function pageConfig(options: PageOptions): PageConfig {
  return {
    token: `t${randomBytes(12).toString('hex')}`,
    binding: BINDING,
    world: WORLD,
    preload: options.preload,
    process: {
      platform: process.platform,
      arch: process.arch,
      versions: { ...(process.versions as Record<string, string>) },
      argv: ['electron', ...options.additionalArguments],
    },
    overlay: host.overlay,
    guardClose: !host.headless,
  };
}
