/** Certificates for an engine on loopback and for who may use it, made on the spot with openssl. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one CA: the server's, and a client's folder as DOCKER_CERT_PATH wants it. */
export interface TestCertificates {
  ca: string;
  serverCert: string;
  serverKey: string;
}

/**
 * Makes them in `folder`, which gets ca.pem, cert.pem and key.pem of the client; whoever calls removes it. `host` is what the
 * server's certificate names.
 */
export function makeTestCertificates(folder: string, host = '127.0.0.1'): TestCertificates {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const caKey = at('ca-key.pem');
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    caKey,
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
  );
  const sign = (name: string, key: string, cert: string, extensions: string): void => {
    writeFileSync(at('ext'), extensions);
    openssl('req', ...curve, '-keyout', key, '-out', at('csr'), '-subj', `/CN=${name}`);
    const ca = ['-CA', at('ca.pem'), '-CAkey', caKey, '-CAcreateserial', '-extfile', at('ext')];
    openssl('x509', '-req', '-in', at('csr'), '-out', cert, '-days', '2', ...ca);
  };
  const [serverCert, serverKey] = [at('server-cert.pem'), at('server-key.pem')];
  sign(
    'engine',
    serverKey,
    serverCert,
    `subjectAltName=${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}\nextendedKeyUsage=serverAuth\n`,
  );
  sign('client', at('key.pem'), at('cert.pem'), 'extendedKeyUsage=clientAuth\n');
  return { ca: at('ca.pem'), serverCert, serverKey };
}
