import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTargetName } from '../../../src/target/parse-target.ts';

const VALID: readonly [string, object][] = [
  ['local', { type: 'local' }],
  ['lab', { type: 'lab', lab: 'default' }],
  ['lab:old-5.10', { type: 'lab', lab: 'old-5.10' }],
  ['db1', { type: 'ssh', host: 'db1' }],
  ['root@db1', { type: 'ssh', host: 'db1', user: 'root' }],
  ['root@lab', { type: 'ssh', host: 'lab', user: 'root' }],
  ['db1:2222', { type: 'ssh', host: 'db1', port: 2222 }],
  ['a@b@db1:1', { type: 'ssh', host: 'db1', user: 'a@b', port: 1 }],
  ['[::1]', { type: 'ssh', host: '::1' }],
  ['root@[fe80::1%eth0]:65535', { type: 'ssh', host: 'fe80::1%eth0', user: 'root', port: 65535 }],
];

for (const [text, spec] of VALID)
  test(`${text} is a target`, () => assert.deepEqual(parseTargetName(text), spec));

const INVALID: readonly [string, RegExp][] = [
  ['', /no host/],
  ['root@', /no host/],
  ['@db1', /no user/],
  ['::1', /brackets: \[::1\]/],
  ['db1:', /not a port/],
  ['db1:0', /not a port/],
  ['db1:65536', /not a port/],
  ['db1:ssh', /not a port/],
  ['[::1]22', /brackets|host/],
  ['-oProxyCommand=x', /cannot be a host/],
  ['-x@db1', /cannot be a host/],
  ['db 1', /cannot be a host/],
  ['ssh://db1', /port|host|IPv6/],
  ['lab:', /lab name/],
  ['lab:../x', /lab name/],
];

for (const [text, message] of INVALID) {
  test(`"${text}" is refused`, () => {
    assert.throws(() => parseTargetName(text), { category: 'usage', code: 'TARGET_NAME_INVALID', message });
  });
}
