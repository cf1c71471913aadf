// First file of the host: turns on Node's compile cache (it also keeps the stripped TypeScript), then loads the rest.
import { enableCompileCache } from 'node:module';

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`electron-host needs Node 24 or newer (this is ${process.version})`);
  process.exit(1);
}
enableCompileCache();
const { launch } = await import('./launch.ts');
await launch(import.meta.dirname);
