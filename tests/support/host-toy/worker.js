// A worker of the toy page.
postMessage(`worker of ${location.protocol}`);
