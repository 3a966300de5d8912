// They have no types of their own; what the tests use of them is as today.
declare module 'express-4' {
  export { default } from 'express'
}
declare module 'koa-2' {
  export { default } from 'koa'
}
