import type { Setting } from './adapter-driver.ts'

/** Nothing around the scopes but error pages of the application. */
export const alone: Setting = {
  name: 'alone',
  compression: 'none',
  isBehindTls: false,
  errorPage: 'application',
}

/** What the table is run in, on every framework. */
export const settings: readonly Setting[] = [
  alone,
  { name: 'with compression outside', compression: 'outside', isBehindTls: false, errorPage: 'application' },
  {
    name: "with compression inside, behind a proxy that ends TLS, with the framework's own error page",
    compression: 'inside',
    isBehindTls: true,
    errorPage: 'framework',
  },
]
