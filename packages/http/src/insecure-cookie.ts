import { httpDiagnostics } from './diagnostics.ts'

/**
 * Says loudly that a cookie with Secure went out on a connection that does not look like https. The usual cause is a proxy
 * that ends TLS: behind it every visitor would get a new session with every request, and nobody would know why.
 */
export function reportInsecureCookie(cookie: string): void {
  const message =
    `The cookie "${cookie}" was sent with Secure (secure: true), but the request did not come by https, so browsers may refuse it ` +
    'and begin anew with every request. Behind a proxy that ends TLS: let it send "X-Forwarded-Proto: https" and tell the ' +
    'framework to trust it (express: app.set("trust proxy", …), fastify: trustProxy, koa: app.proxy, hono: the option isSecure). ' +
    'Without TLS: secure: "auto".'
  httpDiagnostics.insecureCookie.publish({ cookie, message })
  // Not every runtime has a process.
  if (typeof process !== 'undefined')
    process.emitWarning(message, { type: 'ScopesWarning', code: 'SCOPES_INSECURE_COOKIE' })
}
