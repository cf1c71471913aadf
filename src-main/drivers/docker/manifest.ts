/** What the Docker driver says about itself. Cheap to import: nothing of the engine's client. */
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';
import { dockerSettingsSchema } from './settings.ts';

/** Name of the credential whose lines NAME=value become environment variables. */
export const secretEnvironmentField = 'secretEnvironment';

/** The manifest of the Docker driver. */
export const dockerManifest: DriverManifest = {
  type: 'docker',
  label: 'Docker',
  summary: 'Runs code in a container of its own, made for code nobody has read. Needs Docker or Podman.',
  defaults: dockerSettingsSchema.parse({}),
  credentials: [
    {
      name: secretEnvironmentField,
      label: 'Secret environment variables',
      required: false,
      format: 'pairs',
      help: 'Lines of NAME=value. Kept in the keyring, handed to the code only: neither the engine nor "docker inspect" shows them.',
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
    extend: false,
    list: true,
    watch: false,
    keep: ['end', 'pause', 'leave'],
  },
  keepLabels: {
    end: {
      label: 'Remove the container',
      help: 'Files and variables are deleted.',
      done: 'Ended by you; the container is removed',
    },
    pause: {
      label: 'Pause it',
      help: 'Files are kept. Variables too, unless the profile says that it is stopped.',
      done: 'Disconnected; the container sleeps, its files are kept',
    },
    leave: {
      label: 'Leave it running',
      help: 'Files and variables are kept; it goes on using memory.',
      done: 'Disconnected; the container goes on running',
    },
  },
  fields: [
    {
      kind: 'text',
      key: 'image',
      label: 'Image',
      placeholder: 'python:3.12-slim',
      suggests: true,
      help: 'Python needs python3 in the image; without it there are only commands and terminals.',
    },
    {
      kind: 'toggle',
      key: 'network',
      label: 'Network',
      help: 'On: the code reaches the internet, and also your local network and services of this computer. Off: it reaches nothing.',
    },
    {
      kind: 'choice',
      key: 'packages',
      label: 'Missing packages',
      help: 'What to do when code imports a package that is not installed. Installing uses a second container with network.',
      options: [
        { value: 'ask', label: 'Ask me' },
        { value: 'always', label: 'Install known packages', help: 'Guessed names are still asked about.' },
        { value: 'never', label: 'Never install' },
      ],
    },
    {
      kind: 'choice',
      key: 'atDisconnect',
      label: 'At disconnect',
      options: [
        { value: 'remove', label: 'Remove the container', help: 'Files and variables are deleted.' },
        {
          value: 'stop',
          label: 'Stop it',
          help: 'Files of the working folder are kept, variables are lost.',
        },
        { value: 'keep', label: 'Leave it running', help: 'Files and variables are kept.' },
      ],
    },
    {
      kind: 'mounts',
      key: 'mounts',
      label: 'Folders of this computer',
      help: 'Read-only unless you say otherwise. Only folders that you choose; never the socket of the engine.',
    },
    {
      kind: 'pairs',
      key: 'environment',
      label: 'Environment variables',
      help: 'Not for secrets: the engine and everybody who may use it sees them. Secrets go below.',
    },
    {
      kind: 'number',
      key: 'memoryMb',
      label: 'Memory',
      unit: 'MB',
      min: 64,
      max: 1_048_576,
      group: 'Limits',
    },
    {
      kind: 'number',
      key: 'cpus',
      label: 'Processors',
      min: 0.1,
      max: 256,
      group: 'Limits',
      help: 'No more than the engine has.',
    },
    { kind: 'number', key: 'maxProcesses', label: 'Processes', min: 16, max: 65_536, group: 'Limits' },
    {
      kind: 'number',
      key: 'diskMb',
      label: 'Working folder',
      unit: 'MB',
      min: 16,
      max: 1_048_576,
      group: 'Limits',
      help: 'It lies in memory and gets at most a third of it. Of a container that is stopped or left running it lies on the disk of the engine, without a limit.',
    },
    {
      kind: 'list',
      key: 'ports',
      label: 'Published ports',
      placeholder: '8000',
      advanced: true,
      help: 'Ports of the container to be opened from this computer, and from nowhere else: 8000, or 8080:80 for a fixed one. Needs the network.',
    },
    {
      kind: 'text',
      key: 'engine',
      label: 'Engine',
      placeholder: 'Found by itself',
      suggests: true,
      advanced: true,
      help: 'A docker context, or an address: unix:///var/run/docker.sock, ssh://user@host, tcp://host:2376.',
    },
    {
      kind: 'toggle',
      key: 'allowInsecureEngine',
      label: 'Allow an engine without encryption',
      advanced: true,
      help: 'Whoever is on the way can then read everything and rule the engine. This computer itself is always allowed.',
    },
    {
      kind: 'choice',
      key: 'pull',
      label: 'Get the image',
      advanced: true,
      options: [
        { value: 'missing', label: 'Where it is missing' },
        { value: 'never', label: 'Never' },
        { value: 'always', label: 'At every connect' },
      ],
    },
    {
      kind: 'text',
      key: 'user',
      label: 'User in the container',
      placeholder: '1000:1000',
      advanced: true,
      help: 'Numbers of a user and a group. 0 is root: then the code has more ways to attack the engine.',
    },
    {
      kind: 'text',
      key: 'workingFolder',
      label: 'Working folder in the container',
      placeholder: '/workspace',
      advanced: true,
    },
    {
      kind: 'text',
      key: 'packageIndex',
      label: 'Package index',
      placeholder: 'As pip is set up in the image',
      advanced: true,
    },
  ],
};
