// `npm run daytona-server`: runs the test server by hand and prints the settings for a SpecBoard profile.
import { parseArgs } from 'node:util';
import { startDaytonaServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    key: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log('npm run daytona-server -- [--port NUMBER] [--key KEY]');
  process.exit(0);
}

const organizations = values.key ? { organizations: [{ id: 'org-1', keys: [values.key] }] } : {};
const server = await startDaytonaServer({ port: Number(values.port), ...organizations });

console.log(`A Daytona test server is running. Make a Daytona profile in SpecBoard with these settings:

  API URL   ${server.url}
  Target    ${server.target}
  API key   ${server.apiKey}

For the SDK or another program:

  export DAYTONA_API_URL=${server.url} DAYTONA_TARGET=${server.target} DAYTONA_API_KEY=${server.apiKey}

Sandboxes run real Python and shell commands on this computer${server.isolated ? '' : ' without isolation'}. Ctrl-C ends them all.`);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    void server.close().then(() => process.exit(0));
  });
}
