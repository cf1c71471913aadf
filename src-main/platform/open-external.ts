/** Links that leave the app: checked here, opened by the system's browser. Nothing else ever reaches the shell. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/** The checked address, or why it is refused in words for a person. */
export type LinkCheck = { ok: true; url: string } | { ok: false; reason: string };

const maxLength = 4096;

/**
 * Allows plain https links only. Other schemes start programs (`file:`, `smb:`, `ms-msdt:`, `mailto:` with arguments);
 * credentials and invisible characters make one address pass for another.
 */
export function checkLink(raw: string): LinkCheck {
  if (raw.length > maxLength) return refuse('The link is too long.');
  // Control characters, spaces and bidi marks: URL parsers drop or move some of them, shells and people do not.
  if (/[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\]/.test(raw)) {
    return refuse('The link contains characters that do not belong in a link.');
  }
  const url = URL.parse(raw);
  if (url === null) return refuse('This is not a link.');
  if (url.protocol !== 'https:') return refuse('Only https links can be opened.');
  if (url.username !== '' || url.password !== '') {
    return refuse('Links that contain a user name or password are not opened.');
  }
  if (url.hostname === '') return refuse('This is not a link.');
  // The parsed form, so that what was checked is what is opened.
  return { ok: true, url: url.href };
}

/** Opens a link after the check. Throws `invalid` with the reason where it is refused, `unavailable` where the system fails. */
export async function openExternal(
  shell: { openExternal: (url: string) => Promise<void> },
  raw: string,
): Promise<void> {
  const link = checkLink(raw);
  if (!link.ok) throw new SpecboardError('invalid', link.reason);
  try {
    await shell.openExternal(link.url);
  } catch (error) {
    throw new SpecboardError('unavailable', 'The browser could not be opened.', {
      hint: 'Copy the link and open it yourself.',
      cause: error,
    });
  }
}

function refuse(reason: string): LinkCheck {
  return { ok: false, reason };
}
