import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listOpeners, trySshServer, withAddress } from '../../../../src/cli/open/choose-opener.ts';

const URL = "file:///tmp/a'$&.html";

describe('what shows a page', () => {
  it('is what BROWSER names, with or without a display', () => {
    const [first, second, ...others] = listOpeners({ BROWSER: 'w3 --new %s: lynx -x :' }, 'linux');
    assert.deepEqual(withAddress(first!, URL), ['w3', '--new', URL]);
    assert.deepEqual(withAddress(second!, URL), ['lynx', '-x', URL]);
    assert.deepEqual(others, []);
  });

  it("is the desktop's choice where there is a display", () => {
    assert.deepEqual(listOpeners({ DISPLAY: ':0' }, 'linux'), [['xdg-open', '%s']]);
    assert.deepEqual(listOpeners({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux'), [['xdg-open', '%s']]);
    assert.deepEqual(listOpeners({}, 'darwin'), [['open', '%s']]);
  });

  it('is nothing without a display', () => {
    assert.deepEqual(listOpeners({}, 'linux'), []);
    assert.deepEqual(listOpeners({ DISPLAY: '', BROWSER: '' }, 'linux'), []);
    assert.deepEqual(listOpeners({ SSH_CONNECTION: 'a 1 b 2' }, 'darwin'), []);
  });
});

describe('the server of an SSH session', () => {
  it('is what the session came in at', () => {
    assert.deepEqual(trySshServer({ SSH_CONNECTION: '10.0.0.9 50000 10.0.0.5 2222' }), {
      host: '10.0.0.5',
      port: '2222',
    });
    assert.equal(trySshServer({}), undefined);
    assert.equal(trySshServer({ SSH_CONNECTION: 'broken' }), undefined);
  });
});
