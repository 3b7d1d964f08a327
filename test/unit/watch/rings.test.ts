import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCommandRing } from '../../../src/watch/command-ring.ts';
import { type Ring, Rings } from '../../../src/watch/rings.ts';
import { WATCH_SCHEMA, type WatchEvent } from '../../../src/watch/watch-event.ts';
import { createWebhookRing } from '../../../src/watch/webhook-ring.ts';

const EVENT: WatchEvent = {
  schema: WATCH_SCHEMA,
  event: 'resolved',
  at: '2026-01-02T03:04:05.678Z',
  target: 'root@db1',
  atNs: 5,
  id: 'f-1',
  was: 'deadlock',
  tasks: [1, 2],
  reason: 'ended',
};
const NEVER = new AbortController().signal;

/** A port of this machine that nothing listens on. */
async function freePort(t: TestContext): Promise<number> {
  const { server, port } = await serve(t, () => {});
  server.close();
  return port;
}

async function serve(
  t: TestContext,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function hook(port: number, options = {}): Ring {
  return createWebhookRing(new URL(`http://127.0.0.1:${port}/secret`), { backoffMs: [1, 1], ...options });
}

describe('a command that is rung', { timeout: 30_000 }, () => {
  const folderOf = (t: TestContext): string => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-ring-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  it('gets the event on its input and the gist in its environment', async (t) => {
    const file = join(folderOf(t), 'said');
    const ring = createCommandRing(`{ echo "$HOLDWAIT_EVENT $HOLDWAIT_TARGET $HOLDWAIT_ID"; cat; } >${file}`);
    await ring.ring(EVENT, NEVER);
    const [gist, json] = readFileSync(file, 'utf8').split('\n');
    assert.equal(gist, 'resolved root@db1 f-1');
    assert.deepEqual(JSON.parse(json!), EVENT);
  });

  it('may read nothing of an event larger than a pipe, or than an environment may be', async () => {
    const large = { ...EVENT, target: 'x'.repeat(1_000_000) };
    await createCommandRing('exec 0<&-; test "$(printenv HOLDWAIT_TARGET | wc -c)" = 16385').ring(
      large,
      NEVER,
    );
  });

  it('that fails, is not there or never ends is told', async (t) => {
    const file = join(folderOf(t), 'late');
    await assert.rejects(
      createCommandRing('echo one >&2; echo two >&2; exit 3').ring(EVENT, NEVER),
      /ended with status 3: two$/,
    );
    await assert.rejects(createCommandRing('no-such-command-here').ring(EVENT, NEVER), /status 127: /);
    const slow = createCommandRing(`sleep 60; touch ${file}`, { timeoutMs: 50 });
    await assert.rejects(slow.ring(EVENT, NEVER), /did not end within 0.05 s/);
    await sleep(50);
    assert.ok(!existsSync(file));
  });

  it('is ended with the watch', async () => {
    const controller = new AbortController();
    const rung = createCommandRing('sleep 60').ring(EVENT, controller.signal);
    controller.abort();
    await assert.rejects(rung, /the watch ended/);
  });
});

describe('a server that is posted to', { timeout: 30_000 }, () => {
  it('gets the event, and again if it had trouble', async (t) => {
    const bodies: string[] = [];
    const { port } = await serve(t, async (request, response) => {
      let body = '';
      for await (const chunk of request) {
        body += chunk;
      }
      bodies.push(body);
      response.statusCode = bodies.length < 3 ? 503 : 204;
      response.end();
    });
    await hook(port).ring(EVENT, NEVER);
    assert.equal(bodies.length, 3);
    assert.deepEqual(JSON.parse(bodies[2]!), EVENT);
  });

  it('that refuses is not asked again', async (t) => {
    let count = 0;
    const { port } = await serve(t, (_, response) => {
      count++;
      response.statusCode = 404;
      response.end();
    });
    await assert.rejects(hook(port).ring(EVENT, NEVER), /^Error: the server answered 404 Not Found$/);
    assert.equal(count, 1);
  });

  it('that is not there or does not answer is told, after all attempts', async (t) => {
    await assert.rejects(hook(await freePort(t)).ring(EVENT, NEVER), /ECONNREFUSED.*, after 3 attempts/);
    const { port } = await serve(t, () => {});
    await assert.rejects(hook(port, { timeoutMs: 20 }).ring(EVENT, NEVER), /after 3 attempts/);
  });

  it('is named without what may be secret', () => {
    assert.equal(hook(8080).name, '--webhook http://127.0.0.1:8080');
  });
});

describe('rings', { timeout: 30_000 }, () => {
  it('are called one event after the other, each beside the others, and their failures told', async () => {
    const rung: string[] = [];
    const failures: string[] = [];
    let active = 0;
    const slow: Ring = {
      name: 'slow',
      ring: async ({ atNs }) => {
        assert.equal(++active, 1);
        await sleep(5);
        active--;
        rung.push(`slow ${atNs}`);
      },
    };
    const broken: Ring = { name: 'broken', ring: () => Promise.reject(new Error('no')) };
    const rings = new Rings([slow, broken], NEVER, (text) => failures.push(text));
    for (let atNs = 0; atNs < 3; atNs++) {
      rings.ring({ ...EVENT, atNs });
    }
    await rings.settle();
    assert.deepEqual(rung, ['slow 0', 'slow 1', 'slow 2']);
    assert.deepEqual(new Set(failures), new Set(['broken was not told of "resolved": no']));
  });

  it('do not pile up behind one that hangs', async () => {
    const failures: string[] = [];
    const gate = Promise.withResolvers<void>();
    const rings = new Rings([{ name: 'stuck', ring: () => gate.promise }], NEVER, (text) =>
      failures.push(text),
    );
    for (let i = 0; i < 40; i++) {
      rings.ring(EVENT);
    }
    assert.equal(failures.length, 8);
    gate.resolve();
    await rings.settle();
  });
});
