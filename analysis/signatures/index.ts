import { parseSignature, type Signature } from '../signature.ts';
import ext4FaultWriteback from './ext4-fault-writeback.json' with { type: 'json' };

/** The documented deadlocks that come with the tool. */
export const SIGNATURES: readonly Signature[] = [
  parseSignature(ext4FaultWriteback, 'ext4-fault-writeback.json'),
];
