/**
 * Where Lambda keeps the certificate authorities of RDS. They are missing from Node's own list, and since Node 20
 * Lambda no longer adds them: a verified connection to Aurora fails without this.
 */
export const LEDGER_CERTIFICATES = '/var/runtime/ca-cert.pem';
