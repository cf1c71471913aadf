/** All assertions, in the order of the table in docs/drivers.md. */
import type { Assertion } from '../target.ts';
import { afterAssertions } from './after.ts';
import { bulkAssertions } from './bulk.ts';
import { bulkTroubleAssertions } from './bulk-trouble.ts';
import { cancelAssertions } from './cancel.ts';
import { capabilityAssertions } from './capabilities.ts';
import { codeAssertions } from './code.ts';
import { connectAssertions } from './connect.ts';
import { fileTroubleAssertions } from './file-trouble.ts';
import { fileAssertions } from './files.ts';
import { lifeAssertions } from './life.ts';
import { linkAssertions } from './links.ts';
import { outputAssertions } from './output.ts';
import { portAssertions } from './ports.ts';
import { richAssertions } from './rich.ts';
import { shellAssertions } from './shell.ts';
import { syncAssertions } from './sync.ts';
import { terminalAssertions } from './terminal.ts';
import { terminalEndAssertions } from './terminal-end.ts';
import { vendorAssertions } from './vendor.ts';
import { vendorTroubleAssertions } from './vendor-trouble.ts';
import { watchAssertions } from './watch.ts';

/** A heading with its assertions. */
export const chapters: readonly { title: string; assertions: readonly Assertion[] }[] = [
  { title: 'Connecting and ending', assertions: connectAssertions },
  { title: 'When things break', assertions: [...linkAssertions, ...vendorTroubleAssertions] },
  { title: 'Python', assertions: codeAssertions },
  { title: 'Output', assertions: outputAssertions },
  { title: 'Rich results', assertions: richAssertions },
  { title: 'Cancel and deadlines', assertions: cancelAssertions },
  { title: 'Shell', assertions: shellAssertions },
  { title: 'Files', assertions: [...fileAssertions, ...fileTroubleAssertions, ...watchAssertions] },
  { title: 'Many files at once', assertions: [...bulkAssertions, ...bulkTroubleAssertions] },
  { title: 'Folders kept the same', assertions: syncAssertions },
  { title: 'Terminal', assertions: [...terminalAssertions, ...terminalEndAssertions] },
  { title: 'Ports', assertions: portAssertions },
  { title: 'Resources and isolation', assertions: lifeAssertions },
  { title: 'What a driver says about itself', assertions: [...capabilityAssertions, ...vendorAssertions] },
  { title: 'Afterwards', assertions: afterAssertions },
];
