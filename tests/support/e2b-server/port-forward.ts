// Ports of a sandbox that its own programs listen on: requests for them are handed on, as E2B's proxy does.
import http from 'node:http';
import type { Exchange } from './exchange.ts';

/** Hand the request to that port of this machine, where the sandbox's programs listen. False when nothing does. */
export function forwardToPort(exchange: Exchange, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const { req, res, url } = exchange;
    const onward = http.request(
      {
        host: '127.0.0.1',
        port,
        method: req.method,
        path: `${url.pathname}${url.search}`,
        headers: req.headers,
      },
      (answer) => {
        exchange.head(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
        resolve(true);
      },
    );
    onward.on('error', () => {
      if (res.headersSent) exchange.cut();
      resolve(res.headersSent);
    });
    exchange.onClose(() => onward.destroy());
    req.pipe(onward);
  });
}
