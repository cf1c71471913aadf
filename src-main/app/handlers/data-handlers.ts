/** What answers the operations of `contract/data-operations.ts`. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { dataOperations } from '../../../src-shared/contract/data-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import { dataPaths } from '../../platform/paths.ts';
import { type DataPlacePaths, folderOf, reportPlaces } from '../../services/data-places.ts';
import { saveFile } from '../../services/export/save-file.ts';
import { notProfiles, profilesFileLimit } from '../../services/profile-transfer.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../desktop-services.ts';

const profilesFile = { name: 'SpecBoard profiles', extensions: ['json'] };

/** Builds them. */
export function createDataHandlers(
  core: Core,
  desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof dataOperations> {
  const { folder, database, logs } = dataPaths(core.diagnostics.dataFolder);
  const places: DataPlacePaths = { database, logs, sandboxes: join(folder, 'sandboxes') };
  return {
    'data.places': () => reportPlaces(places),
    'data.reveal': async ({ place }) => {
      await desktop.openFolder(folderOf(places, place));
      return null;
    },
    'data.exportProfiles': async ({ profileIds }, caller) => {
      // Before the dialog: what is not there needs no file name.
      const { text, profiles } = core.profileTransfer.write(profileIds);
      const path = await desktop.chooseSaveFile(caller.windowId, {
        title: 'Export profiles',
        suggestedName: 'specboard-profiles.json',
        kinds: [profilesFile],
      });
      return path === null ? null : { ...(await saveFile(path, [Buffer.from(text)])), profiles };
    },
    'data.importProfiles': async (_input, caller) => {
      const path = await desktop.chooseOpenFile(caller.windowId, {
        title: 'Import profiles',
        kinds: [profilesFile],
      });
      if (path === null) return null;
      const file = await stat(path);
      if (!file.isFile() || file.size > profilesFileLimit) throw notProfiles();
      return { fileName: basename(path), ...core.profileTransfer.read(await readFile(path, 'utf8')) };
    },
  };
}
