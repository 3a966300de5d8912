import {
  InvalidArgumentError,
  type MergePolicy,
  type ScopeDefinition,
  type ScopeOptions,
  type SchemaSteps,
  type StandardSchema,
  counter,
  defineScope,
  firstWriter,
} from '@scopes/core'
import type { CheckedSettings } from '../settings/checked-settings.ts'
import type { ScopeShape, Variables } from '../settings/settings.ts'
import { serverBuiltIns } from './server-built-ins.ts'
import { type ApplicationState, type ServerState, type VisitorState, systemKey } from './system-values.ts'
import { isHidden, keptOf, variablesOf } from './variables-of.ts'
import { clientBuiltInNames, sessionBuiltInNames } from './visitor-built-ins.ts'

/** The four scopes of an application, as core knows them. */
export type CfmlDefinitions = {
  readonly session: ScopeDefinition<VisitorState>
  readonly client: ScopeDefinition<VisitorState>
  readonly application: ScopeDefinition<ApplicationState>
  readonly server: ScopeDefinition<ServerState>
}

/** The id of the application scope and of the server scope: there is one of each. */
export const onlyId = '_'

/** @throws InvalidArgumentError for a shape that core does not take, or that has a variable with the name of a built-in. */
export function definitionsOf(settings: CheckedSettings): CfmlDefinitions {
  const { keepEndsMs: keepEnds, handlers, compat } = settings
  checkInitial('session', settings.session.shape, sessionBuiltInNames)
  checkInitial('client', settings.client.shape, clientBuiltInNames)
  checkInitial('application', settings.application.shape, ['applicationname'])
  checkInitial('server', settings.server.shape, [...serverBuiltIns(compat).keys()])
  return {
    session: defineScope<VisitorState>({
      kind: 'session',
      idle: settings.session.timeoutMs,
      ...(handlers.onSessionEnd && { keepEnds }),
      ...withSystem(settings.session.shape, { hits: 0 }, visitPolicies),
    }),
    client: defineScope<VisitorState>({
      kind: 'client',
      idle: settings.client.timeoutMs,
      ...withSystem(settings.client.shape, { hits: 0 }, visitPolicies),
    }),
    // Its deadline is in its state: it may not pass under a running request, so it is not core that ends it.
    application: defineScope<ApplicationState>({
      kind: 'application',
      ...(handlers.onApplicationEnd && { keepEnds }),
      ...withSystem(settings.application.shape, { deadline: 0, use: 0n }, runPolicies),
    }),
    server: defineScope<ServerState>({ kind: 'server', ...plain(settings.server.shape) }),
  }
}

const later: MergePolicy = ({ ours, theirs }) => (isLater(ours, theirs) ? ours : theirs)

const visitPolicies: Readonly<Record<string, MergePolicy>> = {
  [`${systemKey}.created`]: firstWriter(),
  [`${systemKey}.lastVisit`]: later,
  [`${systemKey}.hits`]: counter(),
}

const runPolicies: Readonly<Record<string, MergePolicy>> = {
  [`${systemKey}.deadline`]: later,
  [`${systemKey}.use`]: later,
  [`${systemKey}.ending`]: firstWriter(),
}

type Shared<S extends object> = Omit<ScopeOptions<S>, 'kind' | 'idle' | 'absolute' | 'keepEnds'>

function withSystem<S extends Record<string, unknown>>(
  shape: ScopeShape<Variables> | undefined,
  system: object,
  policies: Readonly<Record<string, MergePolicy>>,
): Shared<S> {
  const { initial, merge, schema, upcast, downcast, ...rest } = plain<S>(shape)
  return {
    ...rest,
    initial: () => ({ ...initial(), [systemKey]: { ...system } }),
    merge: { ...merge, ...policies },
    ...(schema && { schema: schemaOfVariables(schema) }),
    ...(upcast && { upcast: stepsOfVariables(upcast) }),
    ...(downcast && { downcast: stepsOfVariables(downcast) }),
  }
}

/** What is not given is not there: core would take an option that is undefined for a mistake. */
function plain<S extends object>(shape: ScopeShape<Variables> | undefined): Shared<S> {
  // The shape is the one of its own scope; nothing here looks into the values.
  const { initial = () => ({}) as S, ...given } = (shape ?? {}) as Partial<Shared<S>>
  const rest = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...rest, initial }
}

/** The schema knows the variables; what the package keeps is none of its business. */
function schemaOfVariables(schema: StandardSchema): StandardSchema {
  const { '~standard': standard } = schema
  return {
    '~standard': {
      ...standard,
      validate: state => {
        const result = standard.validate(variablesOf(state as object))
        if ('then' in result || result.issues) return result
        return { value: { ...(result.value as object), ...keptOf(state as object) } }
      },
    },
  }
}

/** So do the functions that make one shape of another. */
function stepsOfVariables(steps: SchemaSteps): SchemaSteps {
  return Object.fromEntries(
    Object.entries(steps).map(([version, step]) => [
      Number(version),
      (state: object): object => {
        const next: unknown = step(variablesOf(state))
        // Core refuses what is no state; mixed with what is kept it would be one.
        return typeof next === 'object' && next !== null ? { ...next, ...keptOf(state) } : (next as object)
      },
    ]),
  )
}

/**
 * Names that a scope has beside its variables would be hidden by them, or hide them.
 * @throws InvalidArgumentError that names the one of `initial`
 */
function checkInitial(scope: string, shape: ScopeShape<Variables> | undefined, builtIns: readonly string[]): void {
  if (shape?.initial === undefined) return
  const begun: unknown = shape.initial()
  if (typeof begun !== 'object' || begun === null || Array.isArray(begun)) {
    throw new InvalidArgumentError(`${scope}.initial must return an object: the first variables of the scope.`)
  }
  const taken = Object.keys(begun).find(key => isHidden(key) || builtIns.includes(key.toLowerCase()))
  if (taken === undefined) return
  throw new InvalidArgumentError(`${scope}.initial has a variable "${taken}": that name is taken by the scope itself.`)
}

function isLater(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return right === undefined
  return (left as number) > (right as number)
}
