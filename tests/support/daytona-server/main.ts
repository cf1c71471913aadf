// `npm run daytona-server`: runs the test server by hand and prints the settings for a SpecBoard profile.
import { randomBytes } from 'node:crypto';
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

// As Daytona's own keys look: the profile form says how they start.
const key = values.key ?? `dtn_${randomBytes(20).toString('hex')}`;
const server = await startDaytonaServer({
  port: Number(values.port),
  organizations: [{ id: 'org-1', keys: [key] }],
});

console.log(`A Daytona test server is running. Make a Daytona profile in SpecBoard with these settings:

  API address  ${server.url}
  API key      ${server.apiKey}

On the command line:

  specboard profiles add "Daytona test" -d daytona -s apiUrl=${server.url}
  DAYTONA_API_KEY=${server.apiKey} specboard run -p "Daytona test" -c 'print(6*7)'

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
