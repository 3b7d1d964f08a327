import { labConnection } from '../../lab/lab-connection.ts';
import type { LabState } from '../../lab/lab-state.ts';
import { watchLab } from '../../lab/watch-lab.ts';
import { pinHostKeys } from '../../target/host-keys.ts';
import { connectSsh } from '../../target/ssh-target.ts';
import type { ShellTarget } from '../../target/target.ts';

/** Connects to a guest with its own key and accepts no other host key than its image's. */
export async function connectLab(lab: LabState, signal?: AbortSignal): Promise<ShellTarget> {
  const { hostKey, privateKeyPath, ...connection } = labConnection(lab);
  return connectSsh(
    {
      ...connection,
      privateKeyPaths: [privateKeyPath],
      onlyListedKeys: true,
      hostKeys: pinHostKeys(connection.name, [hostKey]),
      byHand: `holdwait lab ssh --name ${lab.name}`,
    },
    { signal },
  );
}

/** A guest that is reached and watched: over the connection alone its death would be noticed late. */
export interface WatchedLab {
  /** Closing it ends the watch as well. */
  readonly target: ShellTarget;
  /** Resolves with what happened when the guest is gone; never, if it is not before the target is closed. */
  readonly machineEnd: Promise<string>;
}

/** Connects to a guest and notices its panic or the end of its QEMU at once. */
export async function connectWatchedLab(lab: LabState, signal?: AbortSignal): Promise<WatchedLab> {
  const target = await connectLab(lab, signal);
  const closing = new AbortController();
  const close = (): Promise<void> => {
    closing.abort();
    return target.close();
  };
  return { target: { ...target, close }, machineEnd: labDeath(lab, closing.signal) };
}

function labDeath(lab: LabState, signal: AbortSignal): Promise<string> {
  return watchLab(lab, { signal }).then(
    ({ type, reason }) => (type === 'panic' ? `the guest panicked: ${reason}` : `the guest ended: ${reason}`),
    () => new Promise<string>(() => {}),
  );
}
