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

/** Resolves with what happened when the guest is gone; never, if it is not before the signal. */
export function labDeath(lab: LabState, signal: AbortSignal): Promise<string> {
  return watchLab(lab, { signal }).then(
    ({ type, reason }) => (type === 'panic' ? `the guest panicked: ${reason}` : `the guest ended: ${reason}`),
    () => new Promise<string>(() => {}),
  );
}
