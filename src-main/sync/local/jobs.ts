/** The jobs on this computer's folder, for the worker's table. */
import type { JobTable } from '../worker/job.ts';
import { applyItems } from './apply.ts';
import { recoverRoot } from './journal.ts';
import { dropKept, keepAs, keepFile } from './kept.ts';
import { forgetRoot, openRoot } from './open-root.ts';
import { packItems } from './pack.ts';
import { firstRules } from './rule-files.ts';
import { scanRoot } from './scan.ts';
import { fileParts, fileSignature, findFileBlocks, readFilePiece } from './signatures.ts';
import { stageBundle, stageDelta, stagedBytes, stagePiece } from './stage.ts';

/** By name. */
export const localJobs = {
  localOpen: openRoot,
  localFirstRules: firstRules,
  localScan: scanRoot,
  localPack: packItems,
  localStage: stageBundle,
  localStagedBytes: stagedBytes,
  localStagePiece: stagePiece,
  localStageDelta: stageDelta,
  localFindBlocks: findFileBlocks,
  localSignature: fileSignature,
  localParts: fileParts,
  localReadPiece: readFilePiece,
  localApply: applyItems,
  localRecover: recoverRoot,
  localKeepFile: keepFile,
  localKeepAs: keepAs,
  localDropKept: dropKept,
  localForget: forgetRoot,
} satisfies JobTable;

/** Their types, for those who run them. */
export type LocalJobs = typeof localJobs;
