/** What the engine answers, as far as we look at it, in the engine's own field names. Podman and old engines leave out or null what they lack. */
import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const yes = z
  .boolean()
  .nullish()
  .transform((value) => value ?? true);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** `GET /version`. */
export const versionSchema = z.object({
  Version: text,
  ApiVersion: text,
  MinAPIVersion: text,
  Os: text,
  Arch: text,
  Platform: z.object({ Name: text }).nullish(),
  Components: list(z.object({ Name: text, Version: text })),
});
/** See `versionSchema`. */
export type EngineVersion = z.output<typeof versionSchema>;

/** `GET /info`. */
export const infoSchema = z.object({
  ID: text,
  Name: text,
  ServerVersion: text,
  OperatingSystem: text,
  OSType: text,
  Architecture: text,
  NCPU: number,
  /** Bytes. */
  MemTotal: number,
  CgroupVersion: text,
  SecurityOptions: texts,
  Warnings: texts,
  Driver: text,
  DockerRootDir: text,
  // Where an engine says nothing of them, it has them.
  MemoryLimit: yes,
  PidsLimit: yes,
  CpuCfsQuota: yes,
});
/** See `infoSchema`. */
export type EngineInfo = z.output<typeof infoSchema>;

/** `POST /containers/create`. */
export const createdSchema = z.object({ Id: z.string(), Warnings: texts });
/** See `createdSchema`. */
export type CreatedContainer = z.output<typeof createdSchema>;

const portBindings = z
  .record(z.string(), z.array(z.object({ HostIp: text, HostPort: text })).nullable())
  .nullish()
  .transform((value) => value ?? {});

/** `GET /containers/{id}/json`. */
export const containerSchema = z.object({
  Id: z.string(),
  Name: text,
  Created: text,
  /** The image's id. */
  Image: text,
  State: z.object({
    /** created, running, paused, restarting, removing, exited, dead. */
    Status: text,
    Running: flag,
    Paused: flag,
    OOMKilled: flag,
    Dead: flag,
    Pid: number,
    ExitCode: number,
    Error: text,
    StartedAt: text,
    FinishedAt: text,
  }),
  Config: z.object({
    Image: text,
    User: text,
    Env: texts,
    Labels: labels,
    WorkingDir: text,
    Tty: flag,
    Cmd: texts,
  }),
  HostConfig: z.object({
    NetworkMode: text,
    Memory: number,
    NanoCpus: number,
    PidsLimit: number,
    AutoRemove: flag,
    ReadonlyRootfs: flag,
    Privileged: flag,
    CapDrop: texts,
    CapAdd: texts,
    SecurityOpt: texts,
    Init: flag,
  }),
  Mounts: list(
    z.object({ Type: text, Name: text, Source: text, Destination: text, Mode: text, RW: flag, Driver: text }),
  ),
  NetworkSettings: z
    .object({
      Ports: portBindings,
      IPAddress: text,
      Networks: z
        .record(z.string(), z.object({ IPAddress: text, Gateway: text }))
        .nullish()
        .transform((value) => value ?? {}),
    })
    .nullish(),
});
/** See `containerSchema`. */
export type ContainerDetails = z.output<typeof containerSchema>;

/** One of `GET /containers/json`. */
export const containerSummarySchema = z.object({
  Id: z.string(),
  Names: texts,
  Image: text,
  /** Seconds since the epoch. */
  Created: number,
  State: text,
  Status: text,
  Labels: labels,
});
/** See `containerSummarySchema`. */
export type ContainerSummary = z.output<typeof containerSummarySchema>;

/** `GET /containers/{id}/top`: titles, and a row a process. */
export const topSchema = z.object({ Titles: texts, Processes: list(z.array(z.string())) });
/** See `topSchema`. */
export type ContainerProcesses = z.output<typeof topSchema>;

/** `POST /containers/{id}/wait`. */
export const waitSchema = z.object({
  StatusCode: z.number(),
  Error: z.object({ Message: text }).nullish(),
});
/** See `waitSchema`. */
export type ContainerExit = z.output<typeof waitSchema>;

/** A volume. */
export const volumeSchema = z.object({
  Name: z.string(),
  Driver: text,
  Mountpoint: text,
  CreatedAt: text,
  Labels: labels,
  Options: labels,
});
/** See `volumeSchema`. */
export type Volume = z.output<typeof volumeSchema>;

/** `GET /images/{name}/json`. */
export const imageSchema = z.object({
  Id: z.string(),
  RepoTags: texts,
  RepoDigests: texts,
  Created: text,
  /** Bytes. */
  Size: number,
  Os: text,
  Architecture: text,
  Config: z
    .object({
      User: text,
      Env: texts,
      WorkingDir: text,
      Cmd: texts,
      Entrypoint: texts,
      Labels: labels,
      ExposedPorts: z
        .record(z.string(), z.unknown())
        .nullish()
        .transform((value) => value ?? {}),
    })
    .nullish(),
});
/** See `imageSchema`. */
export type ImageDetails = z.output<typeof imageSchema>;

/** One of `GET /images/json`. */
export const imageSummarySchema = z.object({
  Id: z.string(),
  RepoTags: texts,
  RepoDigests: texts,
  /** Seconds since the epoch. */
  Created: number,
  Size: number,
  Labels: labels,
});
/** See `imageSummarySchema`. */
export type ImageSummary = z.output<typeof imageSummarySchema>;

/** `GET /exec/{id}/json`. */
export const execSchema = z.object({
  ID: z.string(),
  Running: flag,
  ExitCode: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
  /** In the engine's pid namespace, not the container's. */
  Pid: number,
});
/** See `execSchema`. */
export type ExecDetails = z.output<typeof execSchema>;

/** One line of `GET /events`. */
export const eventSchema = z.object({
  /** container, volume, image, network. */
  Type: text,
  /** create, start, die, oom, pause, unpause, kill, destroy, exec_die ... */
  Action: text,
  Actor: z.object({ ID: text, Attributes: labels }),
  /** Seconds since the epoch. */
  time: number,
});
/** See `eventSchema`. */
export type EngineEvent = z.output<typeof eventSchema>;
