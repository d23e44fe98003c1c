import type { Static, TSchema } from 'typebox'
import type { Refusal } from '../errors.ts'
import Type from '../schema.ts'
import type { Rendering, Shape } from '../sql/view.ts'
import type { Input, Takes } from './input.ts'
import type { Rate } from './limits.ts'
import type { LineRules, Lines } from './lines.ts'
import { maxPage, type PageRequest, type PageRows, type PageRules, pageInputs, pageSchema } from './page.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** JSON text that a view of this name rendered in the database. It goes to the client as it is. */
export type Json<Name extends string = string> = { json: Rendering<Name> }

/** What an endpoint answers when it succeeds. The act returns `Out`; nothing undeclared leaves. */
export type Returns<Out> = {
  status: number
  schema: TSchema | null
  page?: PageRules
  /** The answer is lines, each of the schema; the act yields them one by one. */
  lines?: true
  /** The answer is a file of this type. */
  file?: string
  /** Headers that the act sets, each with a description. */
  headers?: Record<string, string>
  /** The act may return nothing: then the answer is 204. */
  orNothing?: true
  /** For the type only. */
  out?: Out
}

const either = (shapes: Shape[]): TSchema =>
  shapes.length === 1 ? (shapes[0] as Shape).schema : Type.Union(shapes.map(({ schema }) => schema))
/** 200 with one thing, rendered by its view, or by one of several views. */
export const one = <Name extends string>(...shapes: Shape<Name>[]): Returns<Json<Name>> => ({
  status: 200,
  schema: either(shapes),
})
/** 201 with the new thing. */
export const created = <Name extends string>(...shapes: Shape<Name>[]): Returns<Json<Name>> => ({
  ...one(...shapes),
  status: 201,
})
/** 200 with plain data. */
export const data = <S extends TSchema>(schema: S): Returns<Static<S>> => ({ status: 200, schema })
/** 204 with an empty body: clients compare the body with ''. */
export const nothing: Returns<void> = { status: 204, schema: null }
/**
 * 204 with headers. The act returns their values; undefined is left out. They are also logged with the request.
 * @param headers each name with its description
 */
export const nothingBut = <Name extends string>(
  headers: Record<Name, string>,
): Returns<{ [Each in Name]: string | undefined }> => ({ status: 204, schema: null, headers })
/** A file: its name for browsers, its size, and its content. */
export type FileOut = { name: string; bytes: number; content: AsyncIterable<Buffer> }
/** 200 with a file to download, sent as it is read. */
export const file = (type: string): Returns<FileOut> => ({ status: 200, schema: null, file: type })
/** 200 with plain data; 204 if the act returns nothing. */
export const dataOrNothing = <S extends TSchema>(schema: S): Returns<Static<S> | undefined> => ({
  status: 200,
  schema,
  orNothing: true,
})
/** 200 with lines of JSON, each of the given shape, sent one by one. */
export const lines = (line: TSchema): Returns<AsyncIterable<object[]>> => ({ status: 200, schema: line, lines: true })
/** The same with headers: the act returns their values beside the JSON. They are also logged with the request. */
export const saying = <Name extends string, View extends string>(
  returns: Returns<Json<View>>,
  headers: Record<Name, string>,
): Returns<Json<View> & { [Each in Name]?: string }> => ({ status: returns.status, schema: returns.schema, headers })
const usualPage: PageRules = { limit: 20, max: maxPage }
/** A page of a list, rendered by its view, or by one of several views. */
export const page = <Name extends string>(
  shape: Shape<Name> | Shape<Name>[],
  rules: PageRules = usualPage,
): Returns<PageRows<Name>> => ({ status: 200, schema: pageSchema(either([shape].flat()), rules), page: rules })
/** A page of plain data, as `pageOf` makes it. */
export const dataPage = (item: TSchema, rules: PageRules = usualPage): Returns<PageRows<never>> => ({
  status: 200,
  schema: pageSchema(item, rules),
  page: rules,
})

/** Who may call. */
export type Audience<Ctx, Admitted extends Ctx = Ctx> = {
  name: string
  /** For the API description. */
  says: string
  signedIn: boolean
  /**
   * Called before the body is read, with the values of the path. It throws the refusal, or returns the context of the
   * act: behind `member` the actor is never null, by type, and an audience may hand on what it has read. An audience
   * that reads the database returns a promise; one that does not costs no turn of the event loop.
   */
  admit(ctx: Ctx, path: Record<string, unknown>): Admitted | Promise<Admitted>
}

/** A condition of the community that an endpoint depends on. */
export type Gate<Ctx> = { name: string; says: string; check(ctx: Ctx): void }

/**
 * Another standard than this API's own that rules an address. The Authorization header is then left to the act: it
 * does not say which member calls.
 */
export type Standard = {
  /** The body of a refusal. */
  bodyOf(refusal: Refusal): object
}

type PagedInput<Out> = Out extends PageRows ? { page: PageRequest } : unknown
type LinesInput<L extends Takes> = keyof L extends never ? unknown : { lines: Lines<L> }

export type Declaration<Ctx, Admitted extends Ctx, T extends Takes, Out, L extends Takes = Record<never, never>> = {
  /** One line for the reference. */
  summary: string
  /** More than fits the line. */
  description?: string
  /** Not in the documented API: ours. */
  extension?: true
  who: Audience<Ctx, Admitted>
  onlyIf?: Gate<Ctx>
  /** Values named in the path come from the path; the rest from the query of a GET or DELETE, else from the body. */
  takes?: T
  /** Names of body fields that the community has defined. The act gets them among the others, unread. */
  ofCommunity?(ctx: NoInfer<Admitted>): string[]
  /** Fields that this caller may not set: they change nothing, and the answer names them as ignored. */
  notTheirs?(ctx: NoInfer<Admitted>): readonly string[]
  /** The field meant by a body that is a bare number or array. */
  bare?: keyof T & string
  /** The body is lines of JSON, each with these fields, read as they arrive; `takes` then comes from the query. */
  lines?: LineRules<L>
  /** Schema of a body whose names are not known beforehand. The act gets it whole. */
  anyBody?: TSchema
  /** Largest body in bytes, if more than usual. */
  bodyLimit?: number
  /** Takes files of up to this many bytes each. Other fields, and bodies without files, are held to `bodyLimit`. */
  uploads?: { bytes: number }
  /** A rate of its own, besides the one that all requests count against. */
  rate?: Rate
  /**
   * What the answer depends on besides the address: the same object means the same answer. The answer is then cached
   * as bytes, and a client that has it gets 304. Never for answers that depend on the caller.
   */
  sameWhile?(ctx: NoInfer<Admitted>): object
  /** Reads the primary although it is a GET: it writes, or looks at the database server itself. */
  primary?: true
  /** Takes long for some members, or asked this way. Only some run at a time, so that others find a database connection. */
  heavy?: true | ((input: Input<NoInfer<T>>, ctx: NoInfer<Admitted>) => boolean)
  returns: Returns<Out>
  /** The standard that rules this address, if it is another. */
  standard?: Standard
  /**
   * Checks input beyond its shape, given the fields whose shape is right. Called if other fields are wrong, so that
   * everything wrong is named at once. It throws the refusal, and writes nothing.
   */
  checks?(ctx: NoInfer<Admitted>, input: Partial<Input<NoInfer<T>>>): unknown
  /** Statuses worth naming in the reference, each with when it happens. */
  refuses?: Record<number, string>
  act(
    ctx: Admitted,
    input: Input<T> & PagedInput<Out> & LinesInput<L>,
    body: Record<string, unknown>,
  ): Promise<Out> | Out
}

export type Endpoint<Ctx> = {
  method: Method
  path: string
  pathNames: string[]
  takes: Takes
  /** It only reads rows: a replica may answer it. */
  reads: boolean
  /** Grows with each declaration: the reference keeps the order of the source. */
  order: number
  declaration: Declaration<Ctx, Ctx, Takes, unknown>
}

let declared = 0

/**
 * Binds `endpoint(...)` to a product's context. Routing, reading and checking of inputs, errors, pages, the API
 * description and the contract test all follow from the declaration; there is nothing else to register.
 */
export function endpointsOf<Ctx>() {
  return function endpoint<Admitted extends Ctx, T extends Takes, Out, L extends Takes = Record<never, never>>(
    route: `${Method} /${string}`,
    declaration: Declaration<Ctx, Admitted, T, Out, L>,
  ): Endpoint<Ctx> {
    const [method, path] = route.split(' ') as [Method, string]
    const paged = declaration.returns.page ? pageInputs(declaration.returns.page) : {}
    return {
      method,
      path,
      pathNames: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
      takes: { ...declaration.takes, ...paged },
      reads: method === 'GET' && !declaration.primary,
      order: declared++,
      declaration: declaration as unknown as Declaration<Ctx, Ctx, Takes, unknown>,
    }
  }
}

/** The documented error body. */
export const ErrorBody = Type.Object(
  {
    errors: Type.Array(
      Type.Union([
        Type.Object({ code: Type.String(), message: Type.String() }),
        Type.Object({
          field: Type.String(),
          messages: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
        }),
      ]),
    ),
  },
  { $id: 'Errors' },
)
