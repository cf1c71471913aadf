/** The file that a thread of the sync starts with: an entry of its own in the build (vite.config.ts). */
import { jobs } from './jobs.ts';
import { serveJobs } from './serve-jobs.ts';

// Electron lets files look like folders whose names end with .asar. Here they are what a person has in a folder, so they are
// read as they are; what this thread needs of our own archive is loaded by now.
Object.assign(process, { noAsar: true });

serveJobs(jobs);
