// The web page of the inspector: mounted in a process that uses the scopes, or served by itself.
export { inspector } from './web/inspector.ts'
export type { Inspector, InspectorOptions } from './web/inspector.ts'
export { serveInspector } from './web/serve-inspector.ts'
export type { ServedInspector, ServeInspectorOptions } from './web/serve-inspector.ts'
