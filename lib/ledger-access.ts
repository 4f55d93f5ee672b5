/**
 * Where Lambda keeps the certificate authorities of RDS. Node's own list lacks them, and since Node 20 Lambda no
 * longer adds them by itself: a verified connection to Aurora fails without this.
 */
export const LEDGER_CERTIFICATES = '/var/runtime/ca-cert.pem';
