/**
 * Program, run on a pseudo-terminal by open-console.ts: joins that terminal to a guest's serial line.
 *
 * usage: node console-bridge.ts LAB-FOLDER
 */
import { openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { LAB_FILES } from './qemu-args.ts';

/**
 * A socket's path has room for 107 bytes, a lab's folder may be longer: an open folder has a short name.
 */
const folder = join('/proc/self/fd', String(openSync(process.argv[2]!, 'r')));

const serial = connect(join(folder, LAB_FILES.serial));
const size = connect(join(folder, LAB_FILES.terminalSize));
for (const socket of [serial, size]) {
  socket.on('error', (error) => {
    process.stderr.write(`\r\n${error.message}\r\n`);
    process.exitCode = 1;
  });
}

// Raw: the guest's own terminal echoes, edits lines and turns Ctrl-C into a signal.
process.stdin.setRawMode(true);
process.stdin.pipe(serial);
serial.pipe(process.stdout);
serial.on('close', () => process.exit());

sendSize(size);
process.stdout.on('resize', () => sendSize(size));

/** The guest follows this line, see vm/image/init. */
function sendSize(socket: Socket): void {
  socket.write(`${process.stdout.rows} ${process.stdout.columns}\n`);
}
