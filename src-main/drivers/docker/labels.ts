/** The labels and names by which what SpecBoard made in an engine is known again, and by which everything else is left alone. */

/** Keys of the labels that containers and volumes of SpecBoard carry. */
export const labelKeys = {
  /** Installation that made it. */
  installation: 'specboard.installation',
  /** Session that made it. */
  session: 'specboard.session',
  /** New for every connect: what a create made whose answer was lost is found by it. */
  nonce: 'specboard.nonce',
  /** `sandbox`, or `helper` for a container that lives for moments. */
  role: 'specboard.role',
  /** Where its files are: `memory` goes with the container's end, `disk` outlives a stop. */
  storage: 'specboard.storage',
  /** Version of SpecBoard, for people. */
  version: 'specboard.version',
} as const;

/** Whom something belongs to. */
export interface Ownership {
  installationId: string;
  sessionId: string;
  nonce: string;
  appVersion: string;
}

/** The labels themselves. */
export function labelsOf(owner: Ownership, role: 'sandbox' | 'helper' = 'sandbox'): Record<string, string> {
  return {
    [labelKeys.installation]: owner.installationId,
    [labelKeys.session]: owner.sessionId,
    [labelKeys.nonce]: owner.nonce,
    [labelKeys.role]: role,
    [labelKeys.version]: owner.appVersion,
  };
}

/** A name that an engine takes, for people who look at `docker ps`. */
export function nameOf(sessionId: string, suffix = ''): string {
  return `specboard-${sessionId.replace(/[^A-Za-z0-9_.-]/g, '')}${suffix}`;
}

/** True where this installation made it; anything else is never ended or changed. */
export function isOurs(labels: Readonly<Record<string, string>>, installationId: string): boolean {
  return installationId !== '' && labels[labelKeys.installation] === installationId;
}
