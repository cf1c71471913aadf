/** The settings of a Docker profile: their schema, with messages for people. Cheap to import. */
import { isAbsolute, win32 } from 'node:path';
import { z } from 'zod';
import { mountSchema } from '../../../src-shared/domain/driver-manifest.ts';
import { containerFolders } from './container-folders.ts';
import { mountProblem } from './mount-rules.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const nameMessage = 'Names have letters, digits and _, and do not start with a digit.';

/** `python:3.12-slim`, `ghcr.io/owner/name@sha256:...`; also the id of an image. */
const imagePattern = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;

const whole = (min: number, max: number, message: string, byDefault: number) =>
  z.number(message).int(message).min(min, message).max(max, message).default(byDefault);

const cpuMessage = 'Enter a number of processors from 0.1 to 256.';
const portMessage = 'Enter a port like 8000, or two like 8080:80 (here, and in the container).';

const portSchema = z
  .string()
  .trim()
  .refine((text) => parsePort(text) !== null, portMessage);

/** What is wrong with a name is said at that name. */
const environmentSchema = z.record(z.string(), z.string()).superRefine((pairs, context) => {
  for (const [name, value] of Object.entries(pairs)) {
    const message = !namePattern.test(name)
      ? nameMessage
      : value.includes('\0')
        ? 'A value cannot contain a NUL character.'
        : null;
    if (message) context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** See the file's first line. */
export const dockerSettingsSchema = z
  .strictObject({
    image: z
      .string()
      .trim()
      .min(1, 'Enter the name of an image, for example python:3.12-slim.')
      .max(512, 'This name is too long.')
      .regex(imagePattern, 'Enter the name of an image, for example python:3.12-slim.')
      .default('python:3.12-slim'),
    /** Address of the engine or name of a docker context; empty: found as the docker command finds it. */
    engine: z.string().trim().max(1024).default(''),
    /** Lets an engine be reached without encryption over the network. */
    allowInsecureEngine: z.boolean().default(false),
    pull: z.enum(['missing', 'never', 'always'], 'Choose missing, never or always.').default('missing'),
    user: z
      .string()
      .trim()
      .regex(/^\d{1,10}(?::\d{1,10})?$/, 'Enter numbers: a user, or a user and a group like 1000:1000.')
      .default('1000:1000'),
    memoryMb: whole(64, 1_048_576, 'Enter a number of megabytes from 64 to 1048576.', 2048),
    cpus: z.number(cpuMessage).min(0.1, cpuMessage).max(256, cpuMessage).default(2),
    maxProcesses: whole(16, 65_536, 'Enter a number of processes from 16 to 65536.', 256),
    /** Of the working folder, where it lies in memory (removed at disconnect). */
    diskMb: whole(16, 1_048_576, 'Enter a number of megabytes from 16 to 1048576.', 512),
    network: z.boolean().default(false),
    ports: z.array(portSchema).max(50).default([]),
    mounts: z.array(mountSchema).max(50).default([]),
    environment: environmentSchema.default({}),
    workingFolder: z
      .string()
      .trim()
      .max(4096)
      .refine(isWorkingFolder, 'Enter a full path in the container like /workspace, not one of the system.')
      .default('/workspace'),
    packages: z.enum(['ask', 'always', 'never'], 'Choose ask, always or never.').default('ask'),
    packageIndex: z
      .string()
      .trim()
      .refine(
        (value) => value === '' || /^(?:https?|file):\/\//.test(value),
        'Enter an address that starts with https://.',
      )
      .default(''),
    atDisconnect: z.enum(['remove', 'stop', 'keep'], 'Choose remove, stop or keep.').default('remove'),
  })
  .superRefine((settings, context) => {
    if (settings.ports.length > 0 && !settings.network) {
      context.addIssue({ code: 'custom', path: ['ports'], message: 'Ports need the network: switch it on.' });
    }
    const fixed = settings.ports.flatMap((text) => parsePort(text)?.host ?? []);
    if (new Set(fixed).size < fixed.length)
      context.addIssue({
        code: 'custom',
        path: ['ports'],
        message: 'A port of this computer is named twice.',
      });
    const targets = new Set<string>();
    for (const [index, mount] of settings.mounts.entries()) {
      const problem =
        mountProblem(mount, settings.workingFolder, isFullPath) ??
        (targets.has(plainTarget(mount)) ? 'Two folders cannot have the same place in the container.' : null);
      targets.add(plainTarget(mount));
      if (problem) context.addIssue({ code: 'custom', path: ['mounts', index], message: problem });
    }
  });

/** See `dockerSettingsSchema`. */
export type DockerSettings = z.output<typeof dockerSettingsSchema>;

/** A published port: `host` is null where the engine chooses a free one. */
export interface PublishedPort {
  host: number | null;
  container: number;
}

/** Reads "8000" or "8080:80"; null where it is neither. */
export function parsePort(text: string): PublishedPort | null {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(text.trim());
  if (!match) return null;
  const container = Number(match[2]);
  const host = match[1] === undefined ? null : Number(match[1]);
  const fits = (port: number | null): boolean => port === null || (port >= 1 && port <= 65_535);
  return fits(container) && fits(host) ? { host, container } : null;
}

/** Full in the way of this computer or of Windows: an engine in a virtual machine has the paths of its host. */
function isFullPath(path: string): boolean {
  return isAbsolute(path) || win32.isAbsolute(path);
}

function plainTarget({ target }: { target: string }): string {
  return target.replace(/\/$/, '');
}

const systemFolder = /^\/(?:bin|boot|dev|etc|lib\d*|proc|root|run|sbin|sys|tmp|usr|var)(?:\/|$)/;

function isWorkingFolder(path: string): boolean {
  return (
    /^(?:\/[^/\0]+)+$/.test(path) &&
    !path.split('/').some((part) => part === '.' || part === '..') &&
    !systemFolder.test(path) &&
    path !== '/home' &&
    // Places of their own.
    path !== containerFolders.home &&
    !`${path}/`.startsWith(`${containerFolders.packages}/`)
  );
}
