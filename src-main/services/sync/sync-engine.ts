/** The real engine: this computer's side in the sync's threads, the sandbox's over its driver, cycles between them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import { SyncCycles } from '../../sync/cycle/sync-cycles.ts';
import { LocalRoot } from '../../sync/local/local-root.ts';
import { driverPort } from '../../sync/remote/driver-port.ts';
import { createRemoteSide } from '../../sync/remote/remote-side.ts';
import { SyncWorker } from '../../sync/worker/worker-client.ts';
import { AgreedFiles, remembering } from './agreed-files.ts';
import type { SyncEngine } from './engine.ts';

/** What it needs. */
export interface SyncEngineOptions {
  clock: Clock;
  /** SpecBoard's own folder: what it keeps of a root where the root's volume cannot have it. */
  dataFolder: string;
  /** Folder of synckit.py. */
  resourcesFolder: string;
}

/** Starts nothing before the first root needs it. Dispose it. */
export function createSyncEngine({ clock, dataFolder, resourcesFolder }: SyncEngineOptions): SyncEngine {
  let worker: SyncWorker | null = null;
  let kit: Uint8Array | null = null;
  return {
    openLocal({ id: rootId, localPath: root }) {
      worker ??= new SyncWorker({ clock });
      const threads = worker;
      const side = new LocalRoot({
        ...{ root, rootId, dataFolder, clock },
        run: (name, input, options) => threads.run(name, input, options),
      });
      return remembering(side, new AgreedFiles(join(dataFolder, 'sync-agreed', rootId)));
    },
    openRemote(root, { driver, connection }) {
      kit ??= readFileSync(join(resourcesFolder, 'synckit.py'));
      return createRemoteSide({
        ...{ port: driverPort(driver, connection), root: root.remotePath, rootId: root.id, kit, clock },
        windowsNames: process.platform === 'win32',
      });
    },
    cycles: (deps) => new SyncCycles(deps),
    dispose: async () => {
      await worker?.dispose();
      worker = null;
    },
  };
}
