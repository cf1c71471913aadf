/** Files that editors make for a moment while they save, and lock files beside what they have open. */

const passing = [
  /^4913$/, // vim tries whether it may write
  /^\..*\.sw[a-z]$/, // vim's swap files
  /~$/, // backups of vim, emacs, gedit
  /^\.#/, // emacs's locks
  /^#.*#$/, // emacs's drafts
  /___jb_(tmp|old)___$/, // JetBrains
  /^\.goutputstream-/, // GNOME
  /^\.~lock\..*#$/, // LibreOffice
  /^~\$/, // Microsoft Office
];

/** True where a change of such a file says nothing: what it is about changes too. */
export function isEditorsOwn(name: string): boolean {
  return passing.some((form) => form.test(name));
}
