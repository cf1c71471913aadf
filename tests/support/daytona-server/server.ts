// A server that speaks Daytona's protocol (control plane, toolbox, events, previews) on one plain HTTP port, with real processes
// behind it.
import { rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { canaryOf, newCanary } from '../../setup/canary.ts';
import { Clock } from '../vendor-server/clock.ts';
import { makeRoot } from '../vendor-server/jail.ts';
import { findLauncher } from '../vendor-server/launcher.ts';
import type { RequestLog } from '../vendor-server/request-log.ts';
import type { ControlParts } from './control-call.ts';
import { EventHub } from './event-hub.ts';
import type { FaultProgram, Plane } from './faults.ts';
import { FOLDER_PREFIX, HOME, homeSettings, USER } from './home.ts';
import { type DaytonaServerOptions, resolveOptions } from './options.ts';
import { Router } from './router.ts';
import type { Sandbox, SandboxState } from './sandbox.ts';
import { sandboxDto } from './sandbox-dto.ts';
import { SandboxStore } from './sandbox-store.ts';

/** What a test may look at of one sandbox. */
export interface SandboxView {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly state: SandboxState;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly lastActivityAt: Date;
  /** Every living process of it, also those that left their group. */
  readonly pids: readonly number[];
  /** Its folder on this machine. */
  readonly root: string;
}

/** A running test server. `close` ends everything that belongs to it. */
export interface DaytonaServer {
  /** The SDK's `apiUrl`. It stays the same over a restart. */
  readonly url: string;
  /** A key of the first organization. */
  readonly apiKey: string;
  /** A region that `target` may name. */
  readonly target: string;
  /** True when processes have their own /home and /tmp (see README). */
  readonly isolated: boolean;
  /** What happens to the next requests. */
  readonly faults: FaultProgram;
  /** What was asked so far. */
  readonly requests: RequestLog<Plane>;
  /** How many clients listen to the events. */
  readonly listeners: number;
  /** The sandboxes that exist now, the newest first. */
  sandboxes(): SandboxView[];
  /** End a sandbox from outside, at once. False when there is none with this id. */
  kill(id: string): boolean;
  /** A sandbox breaks down: state error with this reason. False when there is none with this id. */
  breakDown(id: string, reason: string, recoverable?: boolean): boolean;
  /** Cut every connection to a sandbox's toolbox; its processes go on. False when there is none with this id. */
  cutConnections(id: string): boolean;
  /** Move the server's clock forward by that many milliseconds; what is due then happens. */
  advanceClock(ms: number): void;
  /** Stop listening and break every connection. Sandboxes and their processes go on. */
  stopListening(): Promise<void>;
  /** Listen again on the same port. */
  listenAgain(): Promise<void>;
  /** `stopListening` and `listenAgain`. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Start a test server on 127.0.0.1. */
export async function startDaytonaServer(options: DaytonaServerOptions = {}): Promise<DaytonaServer> {
  // The first organization's key is the run's canary: whatever test connects, the suite looks for it afterwards.
  let keys = 0;
  const resolved = resolveOptions(options, () => (keys++ === 0 ? canaryOf(process.env) : newCanary()));
  const probeRoot = makeRoot(FOLDER_PREFIX, HOME);
  const launcher = findLauncher(resolved.isolation, probeRoot, USER);
  rmSync(probeRoot, { recursive: true, force: true });
  const clock = new Clock();
  const hub = new EventHub(
    (key) => resolved.organizations.find((organization) => organization.keys.includes(key))?.id,
  );
  const store = new SandboxStore(resolved, (sandbox, before) =>
    hub.publish(sandbox.spec.organizationId, 'sandbox.state.updated', {
      sandbox: sandboxDto(sandbox),
      oldState: before,
      newState: sandbox.state,
    }),
  );
  clock.onJump(() => store.check());
  const settings = { jail: homeSettings(launcher), clock, ptyQueueFrames: resolved.ptyQueueFrames };
  let port = resolved.port;
  const parts = (): ControlParts => ({
    store,
    options: resolved,
    settings,
    origin: `http://127.0.0.1:${port}`,
  });
  const router = new Router(parts, resolved.events ? hub : undefined);
  const door = new Door(router);
  port = await door.open(port);
  // A test process that dies of an error takes its sandboxes with it.
  const abandon = () => store.dispose();
  process.once('exit', abandon);
  return {
    url: `http://127.0.0.1:${port}/api`,
    apiKey: resolved.organizations[0]?.keys[0] ?? '',
    target: resolved.targets[0] ?? '',
    isolated: launcher.isolated,
    faults: router.faults,
    requests: router.requests,
    get listeners() {
      return hub.size;
    },
    sandboxes: () => store.all().map(view),
    kill: (id) => store.kill(id),
    breakDown: (id, reason, recoverable = false) => store.breakDown(id, reason, recoverable),
    cutConnections: (id) => {
      const sandbox = store.find(id);
      sandbox?.cutConnections();
      return sandbox !== undefined;
    },
    advanceClock: (ms) => clock.advance(ms),
    stopListening: () => door.close(),
    listenAgain: async () => void (await door.open(port)),
    restart: async () => {
      await door.close();
      await door.open(port);
    },
    close: async () => {
      process.off('exit', abandon);
      store.dispose();
      hub.dispose();
      await door.close();
    },
  };
}

/** The listening socket and every connection that came through it. */
class Door {
  readonly #router: Router;
  readonly #connections = new Set<Socket>();
  #server: http.Server | undefined;

  constructor(router: Router) {
    this.#router = router;
  }

  /** Listen; returns the port. */
  async open(port: number): Promise<number> {
    const server = http.createServer((req, res) => void this.#router.serve(req, res));
    server.on('upgrade', (req, socket, head: Buffer) => void this.#router.upgrade(req, socket, head));
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    // Streams last as long as their work; Node's limits on slow requests would end them.
    server.requestTimeout = 0;
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  /** Stop listening and break every connection, WebSockets too. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }
}

function view(sandbox: Sandbox): SandboxView {
  const { id, name, state, labels, env, lastActivityAt, spec } = sandbox;
  return {
    id,
    name,
    organizationId: spec.organizationId,
    state,
    labels,
    env,
    lastActivityAt: new Date(lastActivityAt),
    pids: sandbox.pids(),
    root: sandbox.jail.root,
  };
}
