// A charger made with another project's library (npm ocpp-rpc), which holds whatever it hears against the schemas of OCPP.
// node ocpp_charger.js PROTOCOL ENDPOINT IDENTITY PASSWORD; prints what happens, a word a line; it ends with its input.
'use strict';
const { RPCClient, createRPCError } = require('ocpp-rpc');
const [protocol, endpoint, identity, password] = process.argv.slice(2);
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const now = () => new Date().toISOString();
// The library has no schemas of 2.1.
const strictMode = protocol !== 'ocpp2.1';
const cli = new RPCClient({ endpoint, identity, password, protocols: [protocol], strictMode, reconnect: false });

cli.on('strictValidationFailure', ({ error }) => say('invalid', error.message));
cli.handle('TriggerMessage', () => ({ status: 'Accepted' }));
cli.handle('Reset', ({ params }) => { say('reset', params.type); return { status: 'Accepted' }; });
cli.handle('GetBaseReport', ({ params }) => {
  setImmediate(() => cli.call('NotifyReport', {
    requestId: params.requestId, generatedAt: now(), seqNo: 0, reportData: [{
      component: { name: 'Connector', evse: { id: 1, connectorId: 1 } }, variable: { name: 'ConnectorType' },
      variableAttribute: [{ type: 'Actual', value: 'cCCS2' }],
    }],
  }).then(() => say('reported')));
  return { status: 'Accepted' };
});
cli.handle(() => { throw createRPCError('NotImplemented'); });

async function session16() {
  await cli.call('BootNotification', { chargePointVendor: 'Peer', chargePointModel: 'npm', chargePointSerialNumber: 'P-1' });
  const status = (word) => cli.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: word, timestamp: now() });
  await status('Available');
  await status('Preparing');
  await cli.call('Authorize', { idTag: 'PERSON' });
  const { transactionId } = await cli.call('StartTransaction', { connectorId: 1, idTag: 'PERSON', meterStart: 1000, timestamp: now() });
  await status('Charging');
  await cli.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: now(), sampledValue: [
    { value: '11.5', measurand: 'Power.Active.Import', unit: 'kW' }] }] });
  await cli.call('StopTransaction', { transactionId, idTag: 'PERSON', meterStop: 3500, timestamp: now(), reason: 'EVDisconnected' });
  await status('Available');
}

async function session2x() {
  await cli.call('BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'Peer', model: 'npm', serialNumber: 'P-1' } });
  const status = (word) => cli.call('StatusNotification', { timestamp: now(), connectorStatus: word, evseId: 1, connectorId: 1 });
  const idToken = { idToken: 'PERSON', type: 'ISO14443' };
  const event = (eventType, seqNo, wh, more, power = []) => cli.call('TransactionEvent', {
    eventType, seqNo, timestamp: now(), triggerReason: 'Authorized', transactionInfo: { transactionId: 'peer-1', ...more },
    evse: { id: 1, connectorId: 1 }, idToken,
    meterValue: [{ timestamp: now(), sampledValue: [{ value: wh, unitOfMeasure: { unit: 'Wh' } }, ...power] }],
  });
  await status('Available');
  await cli.call('Authorize', { idToken });
  await status('Occupied');
  await event('Started', 0, 1000, { chargingState: 'EVConnected' });
  await event('Updated', 1, 2000, { chargingState: 'Charging' }, [
    { value: 11.5, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'kW' } }]);
  await event('Ended', 2, 3500, { chargingState: 'EVConnected', stoppedReason: 'EVDisconnected' });
  await cli.call('SecurityEventNotification', { type: 'SettingSystemTime', timestamp: now() });
  await status('Available');
}

async function main() {
  await cli.connect();
  await (protocol === 'ocpp1.6' ? session16() : session2x());
  say('done');
  process.stdin.on('end', () => cli.close()).resume();
}
main().catch((error) => { say('failed', error.message); process.exit(1); });
