// The toy's utility process: doubles numbers, echoes on a port that it is given.
process.parentPort.on('message', (event) => {
  const [port] = event.ports ?? [];
  if (!port) {
    process.parentPort.postMessage({ doubled: event.data * 2, type: process.type });
    return;
  }
  port.on('message', (message) => port.postMessage({ echoed: message.data }));
  port.start();
  process.parentPort.postMessage('got a port');
});
