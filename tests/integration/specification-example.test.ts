/** The API of the specification, exactly as it is written there, against the E2B test server with the real SDK. */
import { expect, test } from 'vitest';
import { startE2bServer } from '../support/e2b-server/server.ts';
import { openTestCore } from '../support/test-core.ts';

test('createConfig, storeCredentials, connect, getDriver().execute, disconnect', async () => {
  const server = await startE2bServer();
  const { core, close } = await openTestCore();
  const { driverManager, storeCredentials } = core;
  try {
    const config = await driverManager.createConfig(
      'My E2B',
      'e2b',
      { apiUrl: server.url, sandboxUrl: server.url },
      true,
    );
    await storeCredentials(config.id, { apiKey: server.apiKey });
    const session = await driverManager.connect(config.id);
    const result = await driverManager.getDriver('e2b').execute(session, 'print("Hello from E2B")\n6 * 7');
    await driverManager.disconnect(session.id);

    expect(config.isDefault).toBe(true);
    expect(session.status).toBe('active');
    expect(result).toMatchObject({ state: 'succeeded', stdout: 'Hello from E2B\n', stderr: '' });
    expect(result.results.at(-1)).toMatchObject({ 'text/plain': '42' });
    expect(core.hub.current.sessions[0]).toMatchObject({ id: session.id, status: 'disconnected' });
    expect(server.sandboxes().filter(({ state }) => state === 'running')).toEqual([]);
    expect(core.executions.get(result.executionId)).toMatchObject({
      state: 'succeeded',
      outputBytes: expect.any(Number),
    });
  } finally {
    await close();
    await server.close();
  }
});
