import { memoryStore } from '@scopes/core'
import { openApplication } from '@scopes/cfml'
import { type SeededRandom, seededRandom } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { type StructFunctions, structFunctions } from '../../src/struct/struct-functions.ts'
import { Visitor } from '../visitor.ts'

const firstSeed = Number(process.env['STRUCT_SEED'] ?? 1)
const runs = Number(process.env['STRUCT_RUNS'] ?? 20)

/** What a struct is, said otherwise: a list of keys that differ, and their values. */
class Model {
  readonly #isCaseless: boolean
  readonly entries: [string, number][] = []

  constructor(isCaseless: boolean) {
    this.#isCaseless = isCaseless
  }

  find(key: string): [string, number] | undefined {
    const fold = (text: string): string => (this.#isCaseless ? text.toUpperCase() : text)
    return this.entries.find(([name]) => fold(name) === fold(key))
  }

  put(key: string, value: number): void {
    const found = this.find(key)
    if (found) found[1] = value
    else this.entries.push([key, value])
  }

  remove(key: string): void {
    const found = this.find(key)
    if (found) this.entries.splice(this.entries.indexOf(found), 1)
  }
}

const keys = ['cart', 'Cart', 'CART', 'user', 'USER', 'theme', 'ß', 'toString', 'length', '0']

/** What the call returns, or the code of its error. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return (error as { readonly code?: string }).code
  }
}

/** One call of a function, and of the model. @returns what each said of it */
function step(random: SeededRandom, functions: StructFunctions, struct: object, model: Model): [unknown, unknown] {
  const [key, value] = [random.pick(keys), random.below(100)]
  const found = model.find(key)
  switch (random.pick(['insert', 'allowed', 'update', 'delete', 'told', 'append', 'kept', 'find', 'exists', 'clear'])) {
    case 'insert': {
      const said = outcomeOf(() => functions.structInsert(struct, key, value))
      if (found) return [said, 'invalid-argument']
      model.put(key, value)
      return [said, true]
    }
    case 'allowed':
      model.put(key, value)
      return [functions.structInsert(struct, key, value, { allowOverwrite: true }), true]
    case 'update': {
      const said = outcomeOf(() => functions.structUpdate(struct, key, value))
      if (found) model.put(key, value)
      return [said, found ? true : 'invalid-argument']
    }
    case 'delete':
      model.remove(key)
      return [functions.structDelete(struct, key), true]
    case 'told':
      model.remove(key)
      return [functions.structDelete(struct, key, { indicateNotExisting: true }), found !== undefined]
    case 'append':
      model.put(key, value)
      return [functions.structAppend(struct, { [key]: value }), true]
    case 'kept':
      if (!found) model.put(key, value)
      return [functions.structAppend(struct, { [key]: value }, { overwriteFlag: false }), true]
    case 'find':
      return [outcomeOf(() => functions.structFind(struct, key)), found ? found[1] : 'invalid-argument']
    case 'exists':
      return [functions.structKeyExists(struct, key), found !== undefined]
    default:
      if (random.chance(0.8)) return [functions.structCount(struct), model.entries.length]
      model.entries.length = 0
      return [functions.structClear(struct), true]
  }
}

function run(seed: number, functions: StructFunctions, struct: object, model: Model): void {
  const random = seededRandom(seed)
  const own = new Set(Object.keys(struct))
  for (let steps = 0; steps < 60; steps++) {
    const [said, expected] = step(random, functions, struct, model)
    expect(said, `STRUCT_SEED=${seed} STRUCT_RUNS=1, step ${steps}`).toEqual(expected)
    const entries = Object.entries(struct).filter(([key]) => !own.has(key))
    expect(Object.fromEntries(entries), `STRUCT_SEED=${seed} STRUCT_RUNS=1, step ${steps}`).toEqual(
      Object.fromEntries(model.entries),
    )
  }
}

test.each([true, false])(
  'a struct is what its model is, after whatever calls (case does not count: %s)',
  isCaseless => {
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      run(seed, structFunctions({ isCaseInsensitive: isCaseless }), {}, new Model(isCaseless))
    }
  },
)

test.each([undefined, 'lucee'] as const)(
  'and so is a session, which has it in the next request (compat: %s)',
  async compat => {
    const settings = { name: 'shop', store: memoryStore(), reaper: false, ...(compat && { compat }) }
    const shop = await openApplication(settings)
    onTestFinished(() => shop.close())
    for (let seed = firstSeed; seed < firstSeed + Math.min(runs, 5); seed++) {
      const [visitor, model] = [new Visitor(), new Model(compat !== undefined)]
      await visitor.ask(shop, async request => {
        const session = await request.session()
        // A first clear takes the built-ins away.
        shop.structs.structClear(session)
        run(seed, shop.structs, session, model)
      })
      await visitor.ask(shop, async request => {
        const builtIns = ['cfid', 'cftoken', 'urltoken', 'sessionid', 'timecreated', 'lastvisit']
        const variables = Object.entries(await request.session()).filter(([key]) => !builtIns.includes(key))
        expect(Object.fromEntries(variables), `STRUCT_SEED=${seed}`).toEqual(Object.fromEntries(model.entries))
      })
    }
  },
)
