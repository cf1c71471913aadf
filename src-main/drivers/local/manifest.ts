/** What the Local driver says about itself, and the schema of its settings. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';

const absoluteOrEmpty = (what: string) =>
  z
    .string()
    .trim()
    .max(4096)
    .refine(
      (value) => value === '' || isAbsolute(value),
      `Enter the full path of ${what}, or leave it empty.`,
    )
    .default('');

const memoryMessage = 'Enter a number of megabytes from 64 to 1048576.';
const diskMessage = 'Enter a number of megabytes from 16 to 1048576.';
const processesMessage = 'Enter a number of processes from 8 to 65536.';

/** Settings of a Local profile. */
export const localSettingsSchema = z.strictObject({
  /** Interpreter; empty: the first good one that is found. */
  python: absoluteOrEmpty('a Python interpreter'),
  /** Working folder; empty: a folder of the session's own, removed when it ends. */
  folder: absoluteOrEmpty('a folder'),
  network: z.boolean().default(false),
  memoryMb: z
    .number(memoryMessage)
    .int(memoryMessage)
    .min(64, memoryMessage)
    .max(1_048_576, memoryMessage)
    .default(4096),
  maxProcesses: z
    .number(processesMessage)
    .int(processesMessage)
    .min(8, processesMessage)
    .max(65_536, processesMessage)
    .default(256),
  /** Bytes that the session's own folder, and any one file, may take. */
  diskMb: z
    .number(diskMessage)
    .int(diskMessage)
    .min(16, diskMessage)
    .max(1_048_576, diskMessage)
    .default(8192),
  packages: z.enum(['ask', 'always', 'never'], 'Choose ask, always or never.').default('ask'),
  packageIndex: z
    .string()
    .trim()
    .refine(
      (value) => value === '' || /^https?:\/\//.test(value),
      'Enter an address that starts with https://.',
    )
    .default(''),
  environment: z
    .record(
      z
        .string()
        .regex(
          /^[A-Za-z_][A-Za-z0-9_]*$/,
          'Names have letters, digits and _, and do not start with a digit.',
        ),
      z.string().refine((value) => !value.includes('\0'), 'A value cannot contain a NUL character.'),
    )
    .default({}),
  /** The person agreed once to run without isolation where this system has none. */
  allowUnisolated: z.boolean().default(false),
});
/** See `localSettingsSchema`. */
export type LocalSettings = z.infer<typeof localSettingsSchema>;

/** See the file's first line. */
export const localManifest: DriverManifest = {
  type: 'local',
  label: 'This computer',
  summary: 'Runs code here, in a folder of its own, kept apart by the operating system. No account needed.',
  credentials: [],
  defaults: localSettingsSchema.parse({}),
  capabilities: {
    python: true,
    shell: true,
    stdin: false,
    files: true,
    // Windows has no pseudo-terminals that Python knows of.
    terminal: process.platform !== 'win32',
    metrics: true,
    ports: false,
    pause: false,
    extend: false,
    list: false,
    watch: false,
    keep: ['end'],
  },
  fields: [
    {
      kind: 'toggle',
      key: 'network',
      label: 'Network',
      help: 'Lets the code reach the internet and your local network. Off: it reaches nothing.',
    },
    {
      kind: 'choice',
      key: 'packages',
      label: 'Missing packages',
      help: 'What to do when code imports a package that is not installed.',
      options: [
        { value: 'ask', label: 'Ask me' },
        { value: 'always', label: 'Install known packages', help: 'Guessed names are still asked about.' },
        { value: 'never', label: 'Never install' },
      ],
    },
    {
      kind: 'folder',
      key: 'folder',
      label: 'Working folder',
      help: 'Empty: a temporary folder, removed when the session ends. A folder of yours can be read and changed by the code.',
    },
    {
      kind: 'pairs',
      key: 'environment',
      label: 'Environment variables',
      help: 'Not for secrets: they are stored as they are.',
    },
    {
      kind: 'number',
      key: 'memoryMb',
      label: 'Memory of each process',
      unit: 'MB',
      min: 64,
      max: 1_048_576,
      group: 'Limits',
    },
    {
      kind: 'number',
      key: 'diskMb',
      label: 'Disk',
      unit: 'MB',
      min: 16,
      max: 1_048_576,
      group: 'Limits',
      help: 'Code that fills more is ended. In a folder of your own only single files are limited.',
    },
    { kind: 'number', key: 'maxProcesses', label: 'Processes', min: 8, max: 65_536, group: 'Limits' },
    {
      kind: 'text',
      key: 'python',
      label: 'Python interpreter',
      placeholder: 'Found by itself',
      advanced: true,
      help: 'Python 3.8 or newer.',
    },
    {
      kind: 'text',
      key: 'packageIndex',
      label: 'Package index',
      placeholder: 'As pip is set up here',
      advanced: true,
    },
    {
      kind: 'toggle',
      key: 'allowUnisolated',
      label: 'Run without isolation where there is none',
      help: 'Then code runs as you and can read and change all your files.',
      advanced: true,
    },
  ],
};
