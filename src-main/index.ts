/** The desktop entry: everything is in app/desktop.ts. */
import { startDesktop } from './app/desktop.ts';

// Not awaited at the top level: Electron gets ready only after this module has been evaluated.
startDesktop().catch((error: unknown) => {
  process.stderr.write(`SpecBoard cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
