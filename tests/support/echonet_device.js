// A device made with another project's library (npm echonet-lite): a generator, a battery and a thermometer.
// node echonet_device.js OWN_PORT CONTROLLER_PORT; a line on its input is the power that it announces; it ends with its input.
'use strict';
const EL = require('echonet-lite');
const [own, controller] = process.argv.slice(2).map(Number);

const common = {
  '80': [0x30], '81': [0x00], '82': [0x00, 0x00, 0x52, 0x01], '88': [0x42], '89': [0x00, 0x00], '8a': [0x00, 0x00, 0x77],
  '8c': Array.from(Buffer.from('NPM-PEER'.padEnd(12))), '9d': [0x01, 0x80], '9e': [0x00],
};
const bitmap = (epcs) => {
  const rows = new Array(16).fill(0);
  for (const epc of epcs) rows[epc & 15] |= 1 << ((epc >> 4) - 8);
  return epcs.length < 16 ? [epcs.length, ...epcs] : [epcs.length, ...rows];
};
const device = (serial, properties) => {
  const all = { ...common, '8d': Array.from(Buffer.from(serial.padEnd(12))), ...properties };
  all['9f'] = bitmap([...Object.keys(all).map((epc) => parseInt(epc, 16)), 0x9f, 0xee]);
  return all;
};
const details = {
  '027901': device('NPM-PV', { 'e0': [0x0d, 0xac], 'e1': [0x00, 0x00, 0x00, 0x1c], 'd1': [0x44] }),
  '027d01': device('NPM-BATTERY', {
    'd3': [0xff, 0xff, 0xfc, 0x18], 'd6': [0x00, 0x00, 0x44, 0xac], 'd8': [0x00, 0x00, 0x8b, 0xe8], 'e4': [0x32], 'cf': [0x43],
  }),
  '001101': device('NPM-TEMP', { 'e0': [0xff, 0xce] }),
};

EL.EL_port = own;
EL.initialize(Object.keys(details), (rinfo, els, error) => {
  if (!error && els.ESV === EL.GET && details[els.DEOJ]) EL.replyGetDetail(rinfo, els, details);
}, 4, { v4: '127.0.0.1', ignoreMe: false, autoGetProperties: false }).then(() => {
  EL.sock4.on('listening', ready);
  if (EL.sock4._handle && EL.sock4._bindState === 2) ready();
});

// The library sends to the port on which it listens itself; here, the controller has another one.
function ready() {
  EL.EL_port = controller;
  console.log('ready');
}

process.stdin.on('data', (text) => {
  const power = parseInt(text.toString(), 10);
  details['027901']['e0'] = [power >> 8, power & 255];
  EL.sendOPC1('127.0.0.1', '027901', '05ff01', EL.INF, 0xe0, details['027901']['e0']);
});
process.stdin.on('end', () => process.exit(0));
