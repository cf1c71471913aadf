/** Two drivers for tests of menus: one that can do nothing optional, and one that can do everything. */
import type { DriverManifest } from '../../../../src-shared/domain/driver-manifest.ts';

const words = { summary: '', fields: [], credentials: [], defaults: {} };

/** Runs code and ends. */
export const local: DriverManifest = {
  ...words,
  type: 'local',
  label: 'This computer',
  capabilities: {
    python: true,
    shell: true,
    stdin: false,
    files: false,
    terminal: false,
    metrics: false,
    ports: false,
    pause: false,
    extend: false,
    list: false,
    watch: false,
    keep: ['end'],
  },
};

/** Everything, with words of its own. */
export const cloud: DriverManifest = {
  ...words,
  type: 'e2b',
  label: 'E2B',
  capabilities: {
    python: true,
    shell: true,
    stdin: true,
    files: true,
    terminal: true,
    metrics: true,
    ports: true,
    pause: true,
    extend: true,
    list: true,
    watch: false,
    keep: ['end', 'pause', 'leave'],
  },
  keepLabels: { end: { label: 'Delete it & forget' } },
};
