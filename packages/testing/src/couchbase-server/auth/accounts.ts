import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { accessOf, type Access } from './access.ts'
import { scramSecret, type ScramHash, type ScramSecret } from './scram.ts'
import type { User } from './user.ts'

/** Who may log in, and how it is proved. */
export interface Accounts {
  /** The access of whom the password belongs to; undefined: wrong, or nobody of that name. */
  login(name: string, password: string): Access | undefined
  /** What an exchange with that user needs; a user who is not there has one too, which no password fits. */
  secret(name: string, hash: ScramHash): ScramSecret
  /** The access of an account that has proved itself by an exchange. */
  access(name: string): Access | undefined
}

export function accountsOf(users: readonly User[]): Accounts {
  const byName = new Map(users.map(user => [user.name, { user, access: accessOf(user) }]))
  const secrets = new Map<string, ScramSecret>()
  // Salts of users that are not there must look like those of users that are: the same for the same name.
  const saltKey = randomBytes(32)
  return {
    login: (name, password) => {
      const account = byName.get(name)
      return account && sameText(account.user.password, password) ? account.access : undefined
    },
    secret: (name, hash) => {
      const id = `${hash} ${name}`
      const known = secrets.get(id)
      if (known) return known
      const password = byName.get(name)?.user.password ?? randomBytes(32).toString('hex')
      const made = scramSecret(hash, password, createHmac(hash, saltKey).update(id).digest())
      if (byName.has(name)) secrets.set(id, made)
      return made
    },
    access: name => byName.get(name)?.access,
  }
}

function sameText(left: string, right: string): boolean {
  const one = Buffer.from(left)
  const other = Buffer.from(right)
  return one.length === other.length && timingSafeEqual(one, other)
}
