/** The proxy of the tests that cuts connections: what it lets through arrives, and a cut is a cut. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import { until } from '../support/runner.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A server that sends back what it gets, and its end after the other's. */
async function echoServer(): Promise<{ server: Server; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  return { server, sockets, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

function dial(proxy: CutProxy): Socket {
  const socket = proxy.path ? connect(proxy.path) : connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  opened.push({ close: () => socket.destroy() });
  return socket;
}

/** Resolves when it is over, also by a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

for (const listen of ['port', 'socket'] as const) {
  test(`bytes and ends go through a ${listen}, megabytes with back-pressure`, async () => {
    const { port } = await echoServer();
    const proxy = await startCutProxy({ port }, { listen });
    opened.push(proxy);
    const socket = dial(proxy);
    const sent = Buffer.alloc(5_000_000, 'abc');
    socket.end(sent);
    const got: Buffer[] = [];
    for await (const chunk of socket) got.push(chunk as Buffer);
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    expect(proxy.forwarded).toBe(10_000_000);
    await until('nothing is open', () => proxy.open === 0);
  });

  test(`a cut breaks what is open on both sides of a ${listen} and refuses what is new, until it is restored`, async () => {
    const { port, sockets } = await echoServer();
    const proxy = await startCutProxy({ port }, { listen });
    opened.push(proxy);
    const before = dial(proxy);
    before.write('x');
    await once(before, 'data');
    const ends = [closed(before), closed(sockets[0] as Socket)];
    const cut = proxy.cut();
    await Promise.all(ends);
    const during = dial(proxy);
    await closed(during);
    await cut.tried;
    expect(sockets).toHaveLength(1);
    cut.restore();
    cut.restore();
    const after = dial(proxy);
    after.write('y');
    expect(String((await once(after, 'data'))[0])).toBe('y');
  });
}

test('a stall holds everything back, both ways and new connections, and lets it go on afterwards', async () => {
  const { port } = await echoServer();
  const proxy = await startCutProxy({ port });
  opened.push(proxy);
  const socket = dial(proxy);
  socket.write('a');
  await once(socket, 'data');
  const stall = proxy.cut('stall');
  let got = '';
  socket.on('data', (bytes) => {
    got += String(bytes);
  });
  socket.write('b');
  await stall.tried;
  socket.write('c');
  const fresh = dial(proxy);
  fresh.write('d');
  await once(fresh, 'connect');
  const other = dial(proxy);
  await once(other, 'connect');
  expect(got).toBe('');
  stall.restore();
  expect(String((await once(fresh, 'data'))[0])).toBe('d');
  await until('the rest of it', () => got === 'bc');
  socket.end();
  await closed(socket);
});

test('a backend that is not there ends the connection, one that moved is found', async () => {
  const { port } = await echoServer();
  const gone = await startCutProxy({ port: 1 });
  opened.push(gone);
  await closed(dial(gone));
  await until('nothing is open', () => gone.open === 0);
  gone.retarget({ port });
  const socket = dial(gone);
  socket.write('z');
  expect(String((await once(socket, 'data'))[0])).toBe('z');
});

test('closing ends open connections and removes the socket', async () => {
  const { port } = await echoServer();
  const proxy = await startCutProxy({ port }, { listen: 'socket' });
  const socket = dial(proxy);
  socket.write('x');
  await once(socket, 'data');
  const ended = closed(socket);
  await proxy.close();
  await ended;
  await proxy.close();
  const late = connect(proxy.path || '/nonexistent');
  const [error] = await once(late, 'error');
  expect(error).toBeInstanceOf(Error);
});
