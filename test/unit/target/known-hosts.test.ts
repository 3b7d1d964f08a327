import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describeKey, fingerprintKey, pinHostKeys } from '../../../src/target/host-keys.ts';
import { findKnownHosts, loadKnownHosts, parseKnownHosts } from '../../../src/target/known-hosts.ts';
import { makeKey, readPublicKey } from './test-sshd.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdwait-known-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const [keyType, key] = makeTestKey('one', 'ed25519');
const [, other] = makeTestKey('two', 'ed25519');
const [rsaType, rsa] = makeTestKey('three', 'rsa');

function makeTestKey(name: string, type: string): [string, Buffer] {
  makeKey(join(dir, name), type);
  return readPublicKey(join(dir, `${name}.pub`));
}

function line(names: string, blob: Buffer, type = keyType): string {
  return `${names} ${type} ${blob.toString('base64')} comment\n`;
}

async function check(text: string, host: string, port: number, acceptNew = false) {
  const path = join(dir, 'known_hosts');
  writeFileSync(path, text);
  const acceptNewInto = acceptNew ? { path, hashNames: false } : undefined;
  const files = [join(dir, 'absent'), path];
  return loadKnownHosts({
    name: 'n',
    host,
    port,
    files,
    acceptCommand: 'ssh n true',
    ...(acceptNewInto && { acceptNewInto }),
  });
}

test('fingerprints and type names are those of ssh-keygen', () => {
  for (const [name, blob] of [
    ['one', key],
    ['three', rsa],
  ] as const) {
    const [, fingerprint, ...rest] = execFileSync('ssh-keygen', ['-lf', join(dir, `${name}.pub`)], {
      encoding: 'utf8',
    })
      .trim()
      .split(' ');
    assert.equal(fingerprintKey(blob), fingerprint);
    assert.equal(describeKey(blob), `${rest.at(-1)!.slice(1, -1)} ${fingerprint}`);
  }
});

const ACCEPTED: readonly [string, string, string, number][] = [
  ['a plain name', line('db1', key), 'db1', 22],
  ['one of several names, any case', line('x,DB1,y', key), 'Db1', 22],
  ['a port', line('[db1]:2222', key), 'db1', 2222],
  ['the name without its port', line('db1', key), 'db1', 2222],
  ['an IPv6 address', line('::1', key), '::1', 22],
  ['a pattern', line('*.example.org', key), 'a.example.org', 22],
  ['a second key of the same type', line('db1', other) + line('db1', key), 'db1', 22],
];

for (const [what, text, host, port] of ACCEPTED) {
  test(`${what} is known`, async () => assert.equal((await check(text, host, port)).refuse(key), undefined));
}

const UNKNOWN: readonly [string, string, string, number][] = [
  ['another name', line('db2', key), 'db1', 22],
  ['another port', line('[db1]:2222', key), 'db1', 22],
  ['a negated pattern', line('*.example.org,!a.example.org', key), 'a.example.org', 22],
  ['? for no character', line('db1?', key), 'db1', 22],
  ['a dot is no wildcard', line('a.b', key), 'axb', 22],
  ['a different key without the port', line('db1', other), 'db1', 2222],
  ['a commented line', `#${line('db1', key)}`, 'db1', 22],
  ['a broken line', 'db1 ssh-ed25519 AAAA\ndb1\n@what db1\n', 'db1', 22],
  ['a certificate authority', `@cert-authority ${line('*', other)}`, 'db1', 22],
];

for (const [what, text, host, port] of UNKNOWN) {
  test(`${what}: unknown`, async () => {
    const refusal = (await check(text, host, port)).refuse(key);
    assert.equal(refusal?.code, 'SSH_HOST_KEY_UNKNOWN');
    assert.ok(refusal.message.includes(`ED25519 ${fingerprintKey(key)}`));
    assert.match(refusal.hint ?? '', /accept it: ssh n true/);
  });
}

test('names hashed by ssh-keygen are found', async () => {
  const path = join(dir, 'hashed');
  writeFileSync(path, line('db1', key) + line('[db2]:2222', key) + line('db3', other));
  execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
  const text = readFileSync(path, 'utf8');
  assert.ok(!text.includes('db1'));
  assert.equal((await check(text, 'db1', 22)).refuse(key), undefined);
  assert.equal((await check(text, 'db2', 2222)).refuse(key), undefined);
  assert.equal((await check(text, 'db2', 22)).refuse(key)?.code, 'SSH_HOST_KEY_UNKNOWN');
  assert.equal((await check(text, 'db3', 22)).refuse(key)?.code, 'SSH_HOST_KEY_CHANGED');
});

test('a changed key is refused, even where new hosts are accepted, and names the line', async () => {
  for (const acceptNew of [false, true]) {
    const refusal = (await check(`# c\n${line('db1', other)}`, 'db1', 22, acceptNew)).refuse(key);
    assert.equal(refusal?.code, 'SSH_HOST_KEY_CHANGED');
    assert.ok(refusal.message.includes(`${join(dir, 'known_hosts')}:2`));
    assert.ok(refusal.message.includes(fingerprintKey(other)));
    assert.match(refusal.hint ?? '', /ssh-keygen -R 'db1'/);
  }
});

test('a key of another type than the known ones is a change, not a new host', async () => {
  const hostKeys = await check(line('db1', key), 'db1', 22, true);
  assert.equal(hostKeys.refuse(rsa)?.code, 'SSH_HOST_KEY_CHANGED');
});

test('a revoked key is refused though another line trusts it', async () => {
  const text = `${line('db1', key)}@revoked ${line('*', key)}`;
  assert.equal((await check(text, 'db1', 22, true)).refuse(key)?.code, 'SSH_HOST_KEY_REVOKED');
});

test('known types are asked for first', async () => {
  const text = line('db1', rsa, rsaType) + line('db2', key);
  assert.deepEqual((await check(text, 'db1', 22)).preferredTypes, ['ssh-rsa']);
});

test('a new host is remembered where the person allows it, and OpenSSH finds it', async () => {
  for (const hashNames of [false, true]) {
    const path = join(dir, `new-${hashNames}`, 'known_hosts');
    const options = { name: 'n', host: 'db9', port: 2022, files: [path], acceptCommand: 'ssh n' };
    const hostKeys = await loadKnownHosts({ ...options, acceptNewInto: { path, hashNames } });
    assert.equal(hostKeys.refuse(key), undefined);
    assert.equal((await loadKnownHosts(options)).refuse(key), undefined);
    assert.equal(readFileSync(path, 'utf8').includes('db9'), !hashNames);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const found = execFileSync('ssh-keygen', ['-F', '[db9]:2022', '-f', path], { encoding: 'utf8' });
    assert.ok(found.includes(key.toString('base64')));
  }
});

test('pinned keys accept only themselves', () => {
  assert.equal(pinHostKeys('lab', [key]).refuse(key), undefined);
  assert.equal(pinHostKeys('lab', [key]).refuse(other)?.code, 'SSH_HOST_KEY_CHANGED');
});

test('entries keep their place', () => {
  const [entry] = parseKnownHosts(`\n\n${line('a', key)}`, '/k');
  assert.equal(entry?.place, '/k:3');
  assert.equal(findKnownHosts([entry!], 'a', 22).trusted.length, 1);
});
