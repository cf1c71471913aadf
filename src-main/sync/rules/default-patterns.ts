/**
 * What SpecBoard leaves out by itself, in .gitignore's words. The usual is the weakest rule: a .gitignore, a .specboardignore or the
 * root's own patterns take in again what they name (`!.venv/`). What may hold secrets only the root's own patterns take in. Each
 * list can be turned off.
 */

/**
 * What a program makes anew on each machine, belongs to one machine, or breaks when it is merged file by file. Not `build`, `dist`,
 * `target` or `coverage`: these are often what somebody waits for, and a .gitignore names them where they are not.
 */
export const defaultPatterns: readonly string[] = [
  // Version control: its files only make sense together; use push and pull.
  '.git',
  '.hg/',
  '.svn/',
  '.jj/',
  // Installed packages: thousands of files, often built for one system.
  'node_modules/',
  'bower_components/',
  '.pnpm-store/',
  '.yarn/cache/',
  '.yarn/unplugged/',
  '.venv/',
  'venv/',
  '__pypackages__/',
  // Caches.
  '__pycache__/',
  '*.py[cod]',
  '.mypy_cache/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.hypothesis/',
  '.ipynb_checkpoints/',
  '.tox/',
  '.nox/',
  '.eggs/',
  '.gradle/',
  '.terraform/',
  '.turbo/',
  '.parcel-cache/',
  '.sass-cache/',
  '.cache/',
  // What systems put into folders for themselves.
  '.DS_Store',
  '._*',
  '.AppleDouble',
  '.Spotlight-V100/',
  '.Trashes',
  '.fseventsd',
  '.Trash-*/',
  'Thumbs.db',
  'ehthumbs.db',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.nfs*',
  '.fuse_hidden*',
  // What editors hold while a file is open.
  '*~',
  '.*.sw[a-p]',
  '.*.un~',
  '4913',
  '.#*',
  '\\#*\\#',
  '*___jb_tmp___',
  '*___jb_old___',
  '.~lock.*#',
  '~$*',
  '*.kate-swp',
  '.goutputstream-*',
];

/**
 * Files that usually hold passwords, keys or tokens: a sandbox runs code that nobody has read, so they go there on a person's word
 * only. Samples that are made to be shared are not among them, nor are public keys and certificates of other names.
 */
export const secretPatterns: readonly string[] = [
  // Remotes with tokens in them, and all that was ever committed. No .gitignore takes it in, as with git itself.
  '.git',
  // Settings with passwords in them.
  '.env',
  '.env.*',
  '!.env.example',
  '!.env.sample',
  '!.env.template',
  '!.env.dist',
  '!.env.defaults',
  '.envrc',
  // Private keys.
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.jks',
  '*.keystore',
  '*.ppk',
  '*.kdbx',
  'id_rsa*',
  'id_dsa*',
  'id_ecdsa*',
  'id_ed25519*',
  '!id_*.pub',
  // Where programs keep what they sign in with.
  '.ssh/',
  '.gnupg/',
  '.aws/',
  '.azure/',
  '.kube/',
  '.docker/config.json',
  '.config/gcloud/',
  '.config/gh/',
  '.netrc',
  '_netrc',
  '.git-credentials',
  '.npmrc',
  '.pypirc',
  '.pgpass',
  '.my.cnf',
  '.vault-token',
  '.terraformrc',
  'terraform.tfstate',
  'terraform.tfstate.backup',
  '*.tfvars',
  'service-account*.json',
  'application_default_credentials.json',
];
