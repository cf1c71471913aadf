// `npm run e2b-server`: runs the test server by hand and prints the settings for a SpecBoard profile.
import { parseArgs } from 'node:util';
import { startE2bServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    key: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log('npm run e2b-server -- [--port NUMBER] [--key KEY]');
  process.exit(0);
}

const accounts = values.key ? { accounts: [{ name: 'default', keys: [values.key] }] } : {};
const server = await startE2bServer({ port: Number(values.port), ...accounts });

console.log(`An E2B test server is running. Make an E2B profile in SpecBoard with these settings:

  API URL      ${server.url}
  Sandbox URL  ${server.url}
  API key      ${server.apiKey}

For the SDK or another program:

  export E2B_API_URL=${server.url} E2B_SANDBOX_URL=${server.url} E2B_API_KEY=${server.apiKey}

Sandboxes run real Python and shell commands on this computer${server.isolated ? '' : ' without isolation'}. Ctrl-C ends them all.`);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    void server.close().then(() => process.exit(0));
  });
}
