/** What the E2B driver says about itself, and the schema of its settings. Cheap to import: no SDK. */
import { z } from 'zod';
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';
import { addressProblem } from './addresses.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Metadata keys that the driver writes itself. */
export const reservedMetadata = [
  'app',
  'specboardInstallation',
  'specboardSession',
  'specboardProfile',
] as const;

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

const metadataSchema = pairsSchema((name) => {
  if (name === '') return 'Enter a name.';
  return (reservedMetadata as readonly string[]).includes(name)
    ? 'SpecBoard uses this name itself.'
    : undefined;
});

/** Settings of an E2B profile. Empty addresses mean: E2B's cloud, or what E2B's environment variables say. */
export const e2bSettingsSchema = z
  .strictObject({
    template: z
      .string()
      .trim()
      .min(1, 'Enter a template, for example code-interpreter-v1.')
      .default('code-interpreter-v1'),
    /** Life of an unused sandbox. */
    timeoutMinutes: z
      .number('Enter a number of minutes from 1 to 1440.')
      .min(1, 'Enter a number of minutes from 1 to 1440.')
      .max(1440, 'Enter a number of minutes from 1 to 1440.')
      .default(30),
    onDisconnect: z.enum(['end', 'pause', 'leave']).default('end'),
    onTimeout: z.enum(['kill', 'pause']).default('kill'),
    environment: environmentSchema.default({}),
    metadata: metadataSchema.default({}),
    allowInternet: z.boolean().default(true),
    domain: z
      .string()
      .trim()
      .regex(
        /^([a-z0-9-]+\.)*[a-z0-9-]+(:\d+)?$|^$/i,
        'Enter a domain like e2b.example.com, without https://.',
      )
      .default(''),
    apiUrl: z.string().trim().default(''),
    sandboxUrl: z.string().trim().default(''),
    proxy: z.string().trim().default(''),
    requestTimeoutSeconds: z
      .number('Enter a number of seconds from 1 to 600.')
      .min(1, 'Enter a number of seconds from 1 to 600.')
      .max(600, 'Enter a number of seconds from 1 to 600.')
      .default(60),
    allowInsecure: z.boolean().default(false),
  })
  .superRefine((settings, context) => {
    for (const field of ['apiUrl', 'sandboxUrl'] as const) {
      const problem = settings[field] ? addressProblem(settings[field], settings.allowInsecure) : undefined;
      if (problem) context.addIssue({ code: 'custom', path: [field], message: problem });
    }
    const proxy = settings.proxy ? addressProblem(settings.proxy, true) : undefined;
    if (proxy) context.addIssue({ code: 'custom', path: ['proxy'], message: proxy });
  });

/** See `e2bSettingsSchema`. */
export type E2bSettings = z.output<typeof e2bSettingsSchema>;

/** The manifest of the E2B driver. */
export const e2bManifest: DriverManifest = {
  type: 'e2b',
  label: 'E2B',
  summary:
    'A cloud sandbox at E2B: a small virtual machine of your own, ready in a second. Needs an API key.',
  fields: [
    {
      key: 'template',
      kind: 'text',
      label: 'Template',
      placeholder: 'code-interpreter-v1',
      help: 'Python needs a template made from code-interpreter-v1.',
    },
    {
      key: 'timeoutMinutes',
      kind: 'number',
      label: 'Keep unused for',
      unit: 'minutes',
      min: 1,
      max: 1440,
      help: 'The sandbox is kept alive while code runs, and this long after it was last used.',
    },
    {
      key: 'onDisconnect',
      kind: 'choice',
      label: 'On disconnect',
      options: [
        { value: 'end', label: 'End it', help: 'Files and variables are deleted.' },
        {
          value: 'pause',
          label: 'Pause it',
          help: 'Files and variables are kept; a paused sandbox uses no compute.',
        },
        { value: 'leave', label: 'Leave it running', help: 'It goes on and costs until its end time.' },
      ],
    },
    {
      key: 'onTimeout',
      kind: 'choice',
      label: 'At its end time',
      options: [
        { value: 'kill', label: 'End it' },
        { value: 'pause', label: 'Pause it' },
      ],
    },
    { key: 'allowInternet', kind: 'toggle', label: 'Internet access' },
    {
      key: 'environment',
      kind: 'pairs',
      label: 'Environment variables',
      group: 'Environment',
      help: 'For Python and commands. Stored with the profile: not for secrets.',
    },
    { key: 'metadata', kind: 'pairs', label: 'Metadata', group: 'Environment', help: 'Labels shown by E2B.' },
    {
      key: 'domain',
      kind: 'text',
      label: 'Domain',
      group: 'Self-hosted',
      advanced: true,
      placeholder: 'e2b.app',
    },
    {
      key: 'apiUrl',
      kind: 'text',
      label: 'API address',
      group: 'Self-hosted',
      advanced: true,
      placeholder: 'https://api.e2b.app',
    },
    {
      key: 'sandboxUrl',
      kind: 'text',
      label: 'Sandbox address',
      group: 'Self-hosted',
      advanced: true,
      help: 'One address for all sandboxes, as in a local E2B.',
    },
    {
      key: 'allowInsecure',
      kind: 'toggle',
      label: 'Allow addresses without encryption',
      group: 'Self-hosted',
      advanced: true,
      help: 'The API key could be read on the way. Addresses on this computer are always allowed.',
    },
    {
      key: 'proxy',
      kind: 'text',
      label: 'Proxy',
      group: 'Network',
      advanced: true,
      placeholder: 'http://proxy.example.com:3128',
    },
    {
      key: 'requestTimeoutSeconds',
      kind: 'number',
      label: 'Wait for an answer',
      unit: 'seconds',
      min: 1,
      max: 600,
      group: 'Network',
      advanced: true,
    },
  ],
  credentials: [
    {
      name: 'apiKey',
      label: 'API key',
      required: true,
      help: 'Starts with e2b_. Kept in the keyring of this computer.',
      url: 'https://e2b.dev/dashboard',
      environmentVariable: 'E2B_API_KEY',
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
    watch: true,
    keep: ['end', 'pause', 'leave'],
  },
  defaults: e2bSettingsSchema.parse({}),
};
