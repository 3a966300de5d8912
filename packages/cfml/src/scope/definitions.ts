import {
  type MergePolicy,
  type ScopeDefinition,
  type ScopeOptions,
  type StandardSchema,
  counter,
  defineScope,
  firstWriter,
} from '@scopes/core'
import type { CheckedSettings } from '../settings/checked-settings.ts'
import type { ScopeShape, Variables } from '../settings/settings.ts'
import { type ApplicationState, type ServerState, type VisitorState, systemKey } from './system-values.ts'

/** The four scopes of an application, as core knows them. */
export type CfmlDefinitions = {
  readonly session: ScopeDefinition<VisitorState>
  readonly client: ScopeDefinition<VisitorState>
  readonly application: ScopeDefinition<ApplicationState>
  readonly server: ScopeDefinition<ServerState>
}

/** The id of the application scope and of the server scope: there is one of each. */
export const onlyId = '_'

/** @throws InvalidArgumentError for a shape that core does not take. */
export function definitionsOf(settings: CheckedSettings): CfmlDefinitions {
  const { keepEndsMs: keepEnds, handlers } = settings
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

type Shared<S extends object> = Pick<ScopeOptions<S>, 'initial' | 'merge' | 'schema' | 'indexes' | 'limits'>

function withSystem<S extends Record<string, unknown>>(
  shape: ScopeShape<Variables> | undefined,
  system: object,
  policies: Readonly<Record<string, MergePolicy>>,
): Shared<S> {
  const { initial, merge, schema, ...rest } = plain<S>(shape)
  return {
    ...rest,
    initial: () => ({ ...initial(), [systemKey]: { ...system } }),
    merge: { ...merge, ...policies },
    ...(schema && { schema: withoutSystem(schema) }),
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
function withoutSystem(schema: StandardSchema): StandardSchema {
  const { '~standard': standard } = schema
  return {
    '~standard': {
      ...standard,
      validate: state => {
        const { [systemKey]: system, ...variables } = state as Record<string, unknown>
        const result = standard.validate(variables)
        if ('then' in result || result.issues) return result
        return { value: { ...(result.value as object), [systemKey]: system } }
      },
    },
  }
}

function isLater(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return right === undefined
  return (left as number) > (right as number)
}
