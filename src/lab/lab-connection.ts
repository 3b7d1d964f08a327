import { readFileSync } from 'node:fs';
import { HoldwaitError } from '../trace/error.ts';
import { type LabState, readLabState } from './lab-state.ts';
import { isRunning } from './process-identity.ts';

/** What it takes to reach a guest over SSH. */
export interface LabConnection {
  /** `lab:NAME`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyPath: string;
  /** The guest's public host key in wire format: the only one to be accepted. */
  readonly hostKey: Buffer;
}

/** The lab by this name, if its guest runs. @throws HoldwaitError (target): LAB_UNKNOWN, LAB_DOWN */
export function findRunningLab(name: string): LabState {
  const state = readLabState(name);
  if (!isRunning(state.qemu)) {
    const suffix = name === 'default' ? '' : ` --name ${name}`;
    const hint = `Start it with: holdwait lab up${suffix}; how it ended: holdwait lab logs${suffix}`;
    throw new HoldwaitError('target', 'LAB_DOWN', `The lab ${name} is not running.`, { hint });
  }
  return state;
}

export function labConnection(lab: LabState): LabConnection {
  const [, key] = readFileSync(lab.hostKeyPath, 'utf8').split(' ');
  return {
    name: `lab:${lab.name}`,
    host: '127.0.0.1',
    port: lab.sshPort,
    user: 'root',
    privateKeyPath: lab.privateKeyPath,
    hostKey: Buffer.from(key ?? '', 'base64'),
  };
}
