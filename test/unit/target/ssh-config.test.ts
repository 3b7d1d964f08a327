import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { resolveSshConnection } from '../../../src/target/open-target.ts';
import { parseSshName } from '../../../src/target/parse-target.ts';
import { loadSshSettings } from '../../../src/target/ssh-settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdwait-config-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const configPath = join(dir, 'config');
mkdirSync(join(dir, 'conf.d'));

const environment = {
  // ssh itself takes the home folder of the account, whatever HOME says.
  home: userInfo().homedir ?? homedir(),
  localUser: userInfo().username,
  configFiles: [configPath],
  env: { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' },
};

const CONFIG = `
# comment
hostname-is-no-keyword yes
Host db1 "db two"
  HostName %h.internal
  Port=2200
  User admin
  IdentityFile ~/.ssh/%h-%r
  IdentityFile "${dir}/with space"
Host *.lan !bad.lan
  User lan
  ProxyJump gate:2022,root@[::1]:2023
Match originalhost m1,m2 user root
  Port 3
Match host db1.internal
  IdentityFile /matched
  IdentitiesOnly yes
Match !host db1.internal all
  HostKeyAlias everyone-else
Include ${dir}/conf.d/*.conf ${dir}/absent
Host inner
  Include ${dir}/conf.d/scoped
Host quoted
  UserKnownHostsFile "/tmp/a b" ~/k2
  GlobalKnownHostsFile none
  StrictHostKeyChecking accept-new
  HashKnownHosts yes
  ConnectTimeout 7
  IdentityAgent none
Host *
  Port 24
  User fallback
  StrictHostKeyChecking yes
`;
writeFileSync(configPath, CONFIG);
writeFileSync(join(dir, 'conf.d/a.conf'), 'Host included\n  HostName 10.0.0.1\nHost db1\n  User late\n');
writeFileSync(join(dir, 'conf.d/b.conf'), 'Host included\n  Port 99\n  HostName 10.0.0.2\n');
writeFileSync(join(dir, 'conf.d/scoped'), 'Port 77\nHost other\n  Port 78\n');

const load = (name: string) => loadSshSettings(parseSshName(name), environment);

/** What OpenSSH itself makes of the same file: the oracle. */
function askOpenSsh(name: string): Map<string, string[]> {
  const { user, host, port } = parseSshName(name);
  const args = ['-G', '-F', configPath, '-o', 'IgnoreUnknown=hostname-is-no-keyword'];
  if (port !== undefined) args.push('-p', String(port));
  const text = execFileSync('ssh', [...args, user === undefined ? host : `${user}@${host}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const values = new Map<string, string[]>();
  for (const line of text.trim().split('\n')) {
    const [keyword, ...rest] = line.split(' ');
    values.set(keyword!, [...(values.get(keyword!) ?? []), rest.join(' ')]);
  }
  return values;
}

const NO_SSH = spawnSync('ssh', ['-V']).error !== undefined && 'no ssh client here';
const NAMES = [
  'db1',
  'root@db1:5',
  'a.lan',
  'bad.lan',
  'root@m1',
  'm2',
  'included',
  'inner',
  'other',
  'quoted',
  '1.2.3.4',
  'x.db1',
];

describe('the configuration means the same as to OpenSSH', { skip: NO_SSH }, () => {
  for (const name of NAMES) {
    test(name, async () => {
      const [mine, theirs] = [await load(name), askOpenSsh(name)];
      const first = (keyword: string) => theirs.get(keyword)?.[0];
      assert.equal(mine.hostName, first('hostname'));
      assert.equal(String(mine.port), first('port'));
      assert.equal(mine.user, first('user'));
      assert.equal(mine.proxyJump.join(','), first('proxyjump') ?? '');
      assert.equal(mine.identitiesOnly, first('identitiesonly') === 'yes');
      assert.equal(mine.hostKeyAlias, first('hostkeyalias'));
      assert.equal(mine.hashKnownHosts, first('hashknownhosts') === 'yes');
      assert.equal(mine.acceptNewHosts, first('stricthostkeychecking') === 'accept-new');
      assert.equal(mine.identityFiles.includes('/matched'), theirs.get('identityfile')!.includes('/matched'));
    });
  }
});

test('tokens and ~ in paths are filled in', async () => {
  const { identityFiles } = await load('db1');
  assert.deepEqual(identityFiles, [
    join(environment.home, '.ssh/db1.internal-admin'),
    join(dir, 'with space'),
    '/matched',
  ]);
});

test('without IdentityFile the usual keys are offered', async () => {
  const { identityFiles, agentSocket } = await load('1.2.3.4');
  assert.deepEqual(
    identityFiles.map((path) => path.split('/').at(-1)),
    ['id_ed25519', 'id_ecdsa', 'id_rsa'],
  );
  assert.equal(agentSocket, '/run/agent');
});

test('known hosts files, agent and time-out', async () => {
  const settings = await load('quoted');
  assert.deepEqual(settings.userKnownHostsFiles, ['/tmp/a b', join(environment.home, 'k2')]);
  assert.deepEqual(settings.globalKnownHostsFiles, []);
  assert.equal(settings.agentSocket, undefined);
  assert.equal(settings.connectTimeoutMs, 7000);
});

async function loadText(text: string, name = 'h') {
  const path = join(dir, 'own');
  writeFileSync(path, text);
  return loadSshSettings(parseSshName(name), { ...environment, configFiles: [path] });
}

test('a relative Include starts from the folder of the configuration', async () => {
  assert.equal((await loadText('Include conf.d/*.conf', 'included')).hostName, '10.0.0.1');
});

test('IdentityAgent takes a variable or a path', async () => {
  assert.equal((await loadText('IdentityAgent $OTHER')).agentSocket, '/run/other');
  assert.equal((await loadText('IdentityAgent ~/a.sock')).agentSocket, join(environment.home, 'a.sock'));
});

test('Match exec runs nothing and is mentioned', async () => {
  const mark = join(dir, 'executed');
  const settings = await loadText(`Match exec "touch ${mark}"\n  Port 9\n`);
  assert.equal(settings.port, 22);
  assert.match(settings.notes.join(), /own: "Match exec" is not supported/);
  assert.equal(spawnSync('test', ['-e', mark]).status, 1);
});

test('ProxyCommand is refused with what to do, unless ProxyJump came first', async () => {
  await assert.rejects(loadText('ProxyCommand nc %h %p'), {
    code: 'SSH_CONFIG_UNSUPPORTED',
    category: 'usage',
  });
  assert.deepEqual((await loadText('ProxyJump a\nProxyCommand nc %h %p')).proxyJump, ['a']);
  assert.deepEqual((await loadText('ProxyCommand none\nProxyJump a')).proxyJump, []);
});

test('broken files are an error that names them', async () => {
  await assert.rejects(loadText('Host "a\n'), {
    code: 'SSH_CONFIG_INVALID',
    category: 'input',
    message: /own/,
  });
  await assert.rejects(loadText('Port abc'), { code: 'SSH_CONFIG_INVALID' });
  await assert.rejects(loadText(`Include ${join(dir, 'own')}`), { message: /too deep/ });
  await assert.rejects(loadText('Include'), { code: 'SSH_CONFIG_INVALID' });
});

test('missing files are no error', async () => {
  const settings = await loadSshSettings(parseSshName('h'), {
    ...environment,
    configFiles: [join(dir, 'none')],
  });
  assert.deepEqual([settings.port, settings.hostName, settings.user], [22, 'h', userInfo().username]);
});

test('ProxyJump that goes round in a circle is an error', async () => {
  const path = join(dir, 'circle');
  writeFileSync(path, 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
  const options = { environment: { ...environment, configFiles: [path] } };
  await assert.rejects(resolveSshConnection(parseSshName('a'), options), { code: 'SSH_CONFIG_INVALID' });
});

test('each hop goes through the one before it', async () => {
  const path = join(dir, 'hops');
  writeFileSync(path, 'Host c\n  ProxyJump u@a:1,b\nHost b\n  Port 2\n  ProxyJump elsewhere\n');
  const options = { environment: { ...environment, configFiles: [path] } };
  const connection = await resolveSshConnection(parseSshName('c'), options);
  assert.equal(connection.jump?.host, 'b');
  assert.equal(connection.jump.port, 2);
  assert.deepEqual(
    [connection.jump.jump?.user, connection.jump.jump?.host, connection.jump.jump?.port],
    ['u', 'a', 1],
  );
  assert.equal(connection.jump.jump?.jump, undefined);
});
