/** Driver manifests as the main process would send them: enough variety to draw every kind of field. */
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';

const capabilities: DriverManifest['capabilities'] = {
  python: true,
  shell: true,
  stdin: false,
  files: true,
  terminal: true,
  metrics: true,
  ports: false,
  pause: false,
  extend: false,
  list: false,
  watch: false,
  keep: ['end'],
};

/** Local, E2B and Docker. */
export const manifests: DriverManifest[] = [
  {
    type: 'local',
    label: 'This computer',
    summary: 'Runs here, in a sandbox of the operating system. No account is needed.',
    fields: [
      { kind: 'text', key: 'python', label: 'Python', placeholder: 'python3' },
      { kind: 'folder', key: 'folder', label: 'Working folder', help: 'A new folder when empty.' },
      { kind: 'toggle', key: 'network', label: 'Allow network', help: 'Code may reach the internet.' },
      {
        kind: 'choice',
        key: 'packages',
        label: 'Missing packages',
        options: [
          { value: 'ask', label: 'Ask' },
          { value: 'always', label: 'Install' },
          { value: 'never', label: 'Never install' },
        ],
      },
      { kind: 'pairs', key: 'environment', label: 'Environment', advanced: true },
    ],
    credentials: [],
    capabilities,
    defaults: { network: false, packages: 'ask' },
  },
  {
    type: 'e2b',
    label: 'E2B',
    summary: 'Cloud sandboxes of e2b.dev, or your own E2B. Needs an API key.',
    fields: [
      { kind: 'text', key: 'template', label: 'Template', placeholder: 'code-interpreter-v1' },
      { kind: 'number', key: 'timeoutMinutes', label: 'Ends after', unit: 'minutes', min: 1, max: 1440 },
      {
        kind: 'choice',
        key: 'keep',
        label: 'On disconnect',
        group: 'Lifetime',
        options: [
          { value: 'end', label: 'End and delete', help: 'Nothing goes on costing.' },
          { value: 'pause', label: 'Pause' },
          { value: 'leave', label: 'Leave running' },
        ],
      },
      { kind: 'pairs', key: 'environment', label: 'Environment', help: 'Not for secrets.' },
      { kind: 'text', key: 'domain', label: 'Domain', advanced: true, placeholder: 'e2b.app' },
    ],
    credentials: [
      {
        name: 'apiKey',
        label: 'API key',
        required: true,
        help: 'Starts with e2b_.',
        url: 'https://e2b.dev/dashboard',
        environmentVariable: 'E2B_API_KEY',
      },
    ],
    capabilities: { ...capabilities, pause: true, extend: true, list: true, keep: ['end', 'pause', 'leave'] },
    defaults: { timeoutMinutes: 60, keep: 'end' },
  },
  {
    type: 'docker',
    label: 'Docker',
    summary: 'A container on this computer, or on another one. Needs a container engine.',
    fields: [
      {
        kind: 'text',
        key: 'image',
        label: 'Image',
        placeholder: 'python:3.13-slim',
        suggests: true,
        help: 'Pulled when it is not there yet.',
      },
      { kind: 'number', key: 'memoryMb', label: 'Memory', unit: 'MB', min: 64, max: 65_536, group: 'Limits' },
      { kind: 'number', key: 'cpus', label: 'Processors', group: 'Limits' },
      { kind: 'toggle', key: 'network', label: 'Network', help: 'Off: the code reaches nothing.' },
      {
        kind: 'list',
        key: 'ports',
        label: 'Ports',
        placeholder: '8000',
        help: 'Can be opened from this computer.',
        group: 'Network',
      },
      {
        kind: 'mounts',
        key: 'mounts',
        label: 'Folders of this computer',
        help: 'The code can read what is in them.',
        group: 'Files',
      },
      { kind: 'text', key: 'host', label: 'Engine', placeholder: 'Found by itself', advanced: true },
    ],
    credentials: [
      {
        name: 'environment',
        label: 'Secret environment',
        required: false,
        format: 'pairs',
        help: 'Variables for the code, one NAME=value a line.',
      },
    ],
    capabilities: { ...capabilities, list: true, terminal: true, keep: ['end', 'pause', 'leave'] },
    keepLabels: {
      end: { label: 'Remove the container', help: 'Its files are deleted.' },
      pause: { label: 'Stop it, keep its files' },
    },
    defaults: { image: 'python:3.13-slim', memoryMb: 2048, network: false, ports: [], mounts: [] },
  },
];

/** The same driver, able to do nothing but run code and disconnect: every other button must be absent. */
export function bareManifest(manifest: DriverManifest): DriverManifest {
  return {
    ...manifest,
    capabilities: {
      ...capabilities,
      shell: false,
      files: false,
      metrics: false,
      keep: ['end'],
    },
  };
}
