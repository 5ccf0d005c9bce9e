'use strict';
// Preloaded into a Node process that the agent starts ahead of time: waits for the job, drops root, leaves no trace.
// A worker thread of the program inherits the option and loads this file too: there it only removes itself.
const fs = require('fs');
const Module = require('module');

const CONTROL_FD = 100;

function receive(size) {
  const bytes = Buffer.alloc(size);
  for (let have = 0; have < size; ) {
    const got = fs.readSync(CONTROL_FD, bytes, have, size - have, null);
    if (got === 0) process.exit(0);
    have += got;
  }
  return bytes;
}

// Nearly every program prints, and its first line has the classes of pipes loaded and compiled, which takes as long as
// all the rest of a small program. No stream is opened: that would make the job's own descriptors non-blocking.
function prepareToPrint() {
  require('tty');
  new (require('net').Socket)();
}

function becomeJob() {
  fs.writeSync(CONTROL_FD, String(process.pid));
  const order = JSON.parse(receive(receive(4).readUInt32BE(0)).toString());
  process.setuid(order.uid); // interrupts every thread, so it is the only such call here: the group was set before
  process.argv.push(...order.args);
  fs.writeSync(CONTROL_FD, 'J');
  fs.closeSync(CONTROL_FD);
  process.title = 'node';
}

function leaveNoTrace() {
  delete process.env.NODE_OPTIONS;
  if (process._preload_modules) process._preload_modules.length = 0;
  delete require.cache[__filename];
  for (const key of Object.keys(Module._pathCache)) {
    if (Module._pathCache[key] === __filename) delete Module._pathCache[key];
  }
}

leaveNoTrace();
if (process.getuid() === 0 && process.ppid === 1) {
  prepareToPrint();
  becomeJob();
}
