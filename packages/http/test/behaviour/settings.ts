import type { Setting } from './adapter-driver.ts'

/** What the table is run in, on every framework. */
export const settings: readonly Setting[] = [
  { name: 'alone', compression: 'none', isBehindTls: false, errorPage: 'application' },
  { name: 'with compression outside', compression: 'outside', isBehindTls: false, errorPage: 'application' },
  {
    name: "with compression inside, behind a proxy that ends TLS, with the framework's own error page",
    compression: 'inside',
    isBehindTls: true,
    errorPage: 'framework',
  },
]
