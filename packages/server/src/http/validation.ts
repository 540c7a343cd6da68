/**
 * How requests are held against the schemas of their routes. In an address everything is text, so that "5" is a number
 * there; in a body it is not, and `null` is never an empty title.
 */
import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'

export function registerValidation(app: FastifyInstance): void {
  const compilers = AjvCompiler()
  // A field that is not known is a mistake of the one who sends it, not something to pass over.
  const compilerFor = (coerceTypes: boolean) =>
    compilers({}, { customOptions: { coerceTypes, removeAdditional: false } })
  const [ofBody, ofAddress] = [compilerFor(false), compilerFor(true)]
  const compile: FastifySchemaCompiler<unknown> = (route) =>
    (route.httpPart === 'body' ? ofBody : ofAddress)(route)
  app.setValidatorCompiler(compile)
}
