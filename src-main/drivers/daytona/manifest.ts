/** What the Daytona driver says about itself, and the schema of its settings. Cheap to import: no SDK. */
import { z } from 'zod';
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';
import { addressProblem, cloudAddress } from './api-address.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const CIDR = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)\/\d{1,3}$/i;
const DOMAIN = /^(\*\.)?([a-z0-9-]+\.)+[a-z0-9-]+$/i;
/** Labels that the driver writes itself. */
export const labelKeys = {
  installation: 'specboard.installation',
  session: 'specboard.session',
  nonce: 'specboard.nonce',
  profile: 'specboard.profile',
} as const;

/** Name-value pairs; what is wrong with a name is said at that name. */
function pairsSchema(problemOf: (name: string, value: string) => string | undefined) {
  return z.record(z.string(), z.string()).superRefine((pairs, context) => {
    for (const [name, value] of Object.entries(pairs)) {
      const message = problemOf(name, value);
      if (message) context.addIssue({ code: 'custom', path: [name], message });
    }
  });
}

const environmentSchema = pairsSchema((name, value) => {
  if (!NAME.test(name)) return 'Names have letters, digits and _, and do not start with a digit.';
  return value.includes('\0') ? 'A value cannot contain a NUL character.' : undefined;
});

const labelsSchema = pairsSchema((name) => {
  if (name === '') return 'Enter a name.';
  return name.startsWith('specboard.')
    ? 'SpecBoard uses names that begin with "specboard." itself.'
    : undefined;
});

function wholeNumber(min: number, max: number, unit: string) {
  const message = `Enter a whole number ${unit} from ${min} to ${max}.`;
  return z.number(message).int(message).min(min, message).max(max, message);
}

function listOf(format: RegExp, message: string) {
  return z.array(z.string().trim().regex(format, message)).max(200).default([]);
}

/** Settings of a Daytona profile. Zero in a resource means: as Daytona sees fit. */
export const daytonaSettingsSchema = z
  .strictObject({
    /** Name of a snapshot; empty: Daytona's default one, or `image`. */
    snapshot: z.string().trim().max(500).default(''),
    /** Container image to build a sandbox from, instead of a snapshot. */
    image: z
      .string()
      .trim()
      .regex(/^[\w./:@-]{0,500}$/, 'Enter the name of an image, like python:3.12-slim.')
      .default(''),
    cpu: wholeNumber(0, 64, 'of cores').default(0),
    memoryGb: wholeNumber(0, 512, 'of gigabytes').default(0),
    diskGb: wholeNumber(0, 1024, 'of gigabytes').default(0),
    /** Region. */
    target: z.string().trim().max(100).default(''),
    onDisconnect: z.enum(['end', 'pause', 'leave'], 'Choose end, pause or leave.').default('end'),
    /** What a pause is: stopped at once, or moved to cheap storage as well. */
    pauseAs: z.enum(['stop', 'archive'], 'Choose stop or archive.').default('stop'),
    /** Life of an unused sandbox. */
    autoStopMinutes: wholeNumber(1, 10_080, 'of minutes').default(30),
    autoArchiveMinutes: wholeNumber(0, 43_200, 'of minutes').default(10_080),
    /** After it was stopped; 0: at once; -1: never. */
    autoDeleteMinutes: wholeNumber(-1, 525_600, 'of minutes').default(1440),
    packages: z.enum(['ask', 'always', 'never'], 'Choose ask, always or never.').default('ask'),
    network: z.enum(['on', 'off', 'listed'], 'Choose on, off or listed.').default('on'),
    allowedAddresses: listOf(CIDR, 'Enter address ranges like 203.0.113.0/24.'),
    allowedDomains: listOf(DOMAIN, 'Enter domains like pypi.org or *.example.com.'),
    /** Where code starts; empty: where the snapshot says. */
    workingFolder: z
      .string()
      .trim()
      .max(4096)
      .refine((value) => value === '' || (value.startsWith('/') && !value.includes('\0')), {
        message: 'Enter a full path in the sandbox, or leave it empty.',
      })
      .default(''),
    environment: environmentSchema.default({}),
    labels: labelsSchema.default({}),
    apiUrl: z.string().trim().default(''),
    allowInsecure: z.boolean().default(false),
  })
  .superRefine((settings, context) => {
    const say = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    const address = settings.apiUrl ? addressProblem(settings.apiUrl, settings.allowInsecure) : undefined;
    if (address) say('apiUrl', address);
    if (settings.image && settings.snapshot) say('image', 'Choose a snapshot or an image, not both.');
    if (!settings.image) {
      for (const field of ['cpu', 'memoryGb', 'diskGb'] as const)
        if (settings[field] !== 0)
          say(field, 'A snapshot has its own size. Enter an image to choose another.');
    }
    const lists = settings.allowedAddresses.length + settings.allowedDomains.length;
    if (settings.network === 'listed' && lists === 0)
      say('network', 'Enter at least one address range or domain, or choose another network.');
  });

/** See `daytonaSettingsSchema`. */
export type DaytonaSettings = z.output<typeof daytonaSettingsSchema>;

/** See the file's first line. */
export const daytonaManifest: DriverManifest = {
  type: 'daytona',
  label: 'Daytona',
  summary: 'A cloud sandbox at Daytona, or at your own Daytona. Needs an API key.',
  fields: [
    {
      key: 'snapshot',
      kind: 'text',
      label: 'Snapshot',
      placeholder: "Daytona's default",
      suggests: true,
      help: 'It must have Python 3.8 or newer.',
    },
    {
      key: 'autoStopMinutes',
      kind: 'number',
      label: 'Stop when unused for',
      unit: 'minutes',
      min: 1,
      max: 10_080,
      help: 'The sandbox is kept alive while code runs, and this long after it was last used.',
    },
    {
      key: 'onDisconnect',
      kind: 'choice',
      label: 'On disconnect',
      options: [
        { value: 'end', label: 'Delete it', help: 'Files and variables are deleted.' },
        { value: 'pause', label: 'Stop it', help: 'Files are kept and take up disk; variables are lost.' },
        {
          value: 'leave',
          label: 'Leave it running',
          help: 'It goes on and costs until it was unused for long enough.',
        },
      ],
    },
    {
      key: 'network',
      kind: 'choice',
      label: 'Network',
      options: [
        { value: 'on', label: 'On', help: "Daytona's smaller plans reach only some addresses." },
        { value: 'off', label: 'Off', help: 'Code reaches nothing; packages cannot be installed.' },
        { value: 'listed', label: 'Only what is listed' },
      ],
    },
    {
      key: 'packages',
      kind: 'choice',
      label: 'Missing packages',
      help: 'What to do when code imports a package that is not installed.',
      options: [
        { value: 'ask', label: 'Ask me' },
        { value: 'always', label: 'Install known packages', help: 'Guessed names are still asked about.' },
        { value: 'never', label: 'Never install' },
      ],
    },
    {
      key: 'environment',
      kind: 'pairs',
      label: 'Environment variables',
      group: 'Environment',
      help: 'For Python and commands. Stored with the profile: not for secrets.',
    },
    {
      key: 'workingFolder',
      kind: 'text',
      label: 'Working folder',
      group: 'Environment',
      placeholder: 'As the snapshot says',
      help: 'Full path in the sandbox; made where it is missing.',
    },
    { key: 'labels', kind: 'pairs', label: 'Labels', group: 'Environment', help: 'Shown by Daytona.' },
    {
      key: 'image',
      kind: 'text',
      label: 'Image',
      group: 'Image',
      advanced: true,
      placeholder: 'python:3.12-slim',
      help: 'Built at the first connect, which takes minutes. A snapshot is ready in seconds.',
    },
    {
      key: 'cpu',
      kind: 'number',
      label: 'Cores',
      min: 0,
      max: 64,
      group: 'Image',
      advanced: true,
      help: '0: as Daytona sees fit.',
    },
    {
      key: 'memoryGb',
      kind: 'number',
      label: 'Memory',
      unit: 'GB',
      min: 0,
      max: 512,
      group: 'Image',
      advanced: true,
    },
    {
      key: 'diskGb',
      kind: 'number',
      label: 'Disk',
      unit: 'GB',
      min: 0,
      max: 1024,
      group: 'Image',
      advanced: true,
    },
    {
      key: 'allowedAddresses',
      kind: 'list',
      label: 'Address ranges',
      group: 'Network',
      advanced: true,
      placeholder: '203.0.113.0/24',
      help: 'For "only what is listed".',
    },
    {
      key: 'allowedDomains',
      kind: 'list',
      label: 'Domains',
      group: 'Network',
      advanced: true,
      placeholder: 'pypi.org',
    },
    {
      key: 'pauseAs',
      kind: 'choice',
      label: 'A stopped sandbox',
      group: 'Keeping',
      advanced: true,
      options: [
        { value: 'stop', label: 'Starts again in seconds' },
        {
          value: 'archive',
          label: 'Is archived',
          help: 'Takes up no disk of your account; starting takes longer.',
        },
      ],
    },
    {
      key: 'autoArchiveMinutes',
      kind: 'number',
      label: 'Archive after it was stopped for',
      unit: 'minutes',
      min: 0,
      max: 43_200,
      group: 'Keeping',
      advanced: true,
      help: '0: as late as Daytona allows.',
    },
    {
      key: 'autoDeleteMinutes',
      kind: 'number',
      label: 'Delete after it was stopped for',
      unit: 'minutes',
      min: -1,
      max: 525_600,
      group: 'Keeping',
      advanced: true,
      help: '0: at once. -1: never; it then takes up disk until you delete it.',
    },
    { key: 'target', kind: 'text', label: 'Region', group: 'Service', advanced: true, placeholder: 'us' },
    {
      key: 'apiUrl',
      kind: 'text',
      label: 'API address',
      group: 'Service',
      advanced: true,
      placeholder: cloudAddress,
    },
    {
      key: 'allowInsecure',
      kind: 'toggle',
      label: 'Allow addresses without encryption',
      group: 'Service',
      advanced: true,
      help: 'The API key could be read on the way. Addresses on this computer are always allowed.',
    },
  ],
  credentials: [
    {
      name: 'apiKey',
      label: 'API key',
      required: true,
      help: 'Starts with dtn_. Kept in the keyring of this computer.',
      url: 'https://app.daytona.io/dashboard/keys',
      environmentVariable: 'DAYTONA_API_KEY',
    },
    {
      name: 'secretEnvironment',
      label: 'Secret environment variables',
      required: false,
      format: 'pairs',
      help: 'Lines of NAME=value. Given to your code when it runs; Daytona does not store them.',
    },
  ],
  capabilities: {
    python: true,
    shell: true,
    stdin: false,
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
  keepLabels: {
    end: {
      label: 'Delete it',
      help: 'Files and variables are deleted.',
      done: 'Disconnected; the sandbox is deleted',
    },
    pause: {
      label: 'Stop it',
      help: 'Files are kept and take up disk; variables are lost.',
      done: 'Disconnected; the sandbox is stopped',
    },
    leave: {
      label: 'Leave it running',
      help: 'It goes on, and costs, until it was not used for long enough.',
      done: 'Disconnected; the sandbox goes on running',
    },
  },
  defaults: daytonaSettingsSchema.parse({}),
};
