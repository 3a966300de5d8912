import { Server } from 'node:net'

// Loaded before a snippet: wherever it says that it listens, it listens on a free port of loopback, and tells which.

const listen = Reflect.get(Server.prototype, 'listen') as (...given: readonly unknown[]) => Server

Server.prototype.listen = function (this: Server, ...given: readonly unknown[]): Server {
  this.once('listening', () => process.send?.(this.address()))
  return Reflect.apply(listen, this, [0, '127.0.0.1', ...given.filter(argument => typeof argument === 'function')])
}
