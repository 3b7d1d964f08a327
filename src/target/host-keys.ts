import { createHash } from 'node:crypto';
import { HoldwaitError } from '../trace/error.ts';

/** Decides whether a server is the one that was meant. */
export interface HostKeyCheck {
  /** Key types to ask the server for first (`ssh-ed25519`), so that a host known by one type is not refused for another. */
  readonly preferredTypes: readonly string[];
  /** The refusal, or undefined if the raw public key (`string type, …`) is right. */
  refuse(key: Buffer): HoldwaitError | undefined;
}

/** Accepts exactly these raw public keys: what a lab image was built with. */
export function pinHostKeys(name: string, keys: readonly Buffer[]): HostKeyCheck {
  return {
    preferredTypes: [...new Set(keys.map(readKeyType))],
    refuse: (key) => {
      if (keys.some((pinned) => pinned.equals(key))) return undefined;
      const expected = keys.map(fingerprintKey).join(' or ');
      return new HoldwaitError(
        'target',
        'SSH_HOST_KEY_CHANGED',
        `${name}: the host key is ${describeKey(key)}, expected ${expected}`,
        { hint: 'something else answers on this port: check what listens there' },
      );
    },
  };
}

/** `SHA256:` and unpadded base64, as OpenSSH prints it. */
export function fingerprintKey(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** `ssh-ed25519`, from a raw public key. Empty if it is none. */
export function readKeyType(key: Buffer): string {
  if (key.length < 4) return '';
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

/** `ED25519 SHA256:…`, the words of OpenSSH. */
export function describeKey(key: Buffer): string {
  return `${nameKeyType(readKeyType(key))} ${fingerprintKey(key)}`;
}

/** Signature algorithms of a host key of this type, best first. */
export function listKeyAlgorithms(keyType: string): readonly string[] {
  return keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [keyType];
}

function nameKeyType(keyType: string): string {
  if (keyType.startsWith('ecdsa-sha2-')) return 'ECDSA';
  return keyType.replace(/^ssh-/, '').toUpperCase();
}
