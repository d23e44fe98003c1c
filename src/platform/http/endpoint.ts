import type { Static, TSchema } from 'typebox'
import type { Refusal } from '../errors.ts'
import Type from '../schema.ts'
import type { Rendering, Shape } from '../sql/view.ts'
import type { Input, Takes } from './input.ts'
import type { Rate } from './limits.ts'
import type { LineRules, Lines } from './lines.ts'
import { maxPage, type PageRequest, type PageRows, type PageRules, pageInputs, pageSchema } from './page.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** JSON text that a view of this name rendered inside the database; it goes to the client as it is. */
export type Json<Name extends string = string> = { json: Rendering<Name> }

/** What an endpoint answers when all is well. The act returns `Out`; nothing undeclared leaves. */
export type Returns<Out> = {
  status: number
  schema: TSchema | null
  page?: PageRules
  /** The answer is lines, each of the schema; the act gives them as they come to be. */
  lines?: true
  /** The answer is a file of this type, as the act gives it. */
  file?: string
  /** Headers the act gives, each with what it says. */
  headers?: Record<string, string>
  /** The act may give nothing: then it is 204. */
  orNothing?: true
  /** Only for the type. */
  out?: Out
}

const either = (shapes: Shape[]): TSchema =>
  shapes.length === 1 ? (shapes[0] as Shape).schema : Type.Union(shapes.map(({ schema }) => schema))
/** 200 with one thing, rendered by its view, or by one of several. */
export const one = <Name extends string>(...shapes: Shape<Name>[]): Returns<Json<Name>> => ({
  status: 200,
  schema: either(shapes),
})
/** 201 with the thing that was made. */
export const created = <Name extends string>(...shapes: Shape<Name>[]): Returns<Json<Name>> => ({
  ...one(...shapes),
  status: 201,
})
/** 200 with plain data. */
export const data = <S extends TSchema>(schema: S): Returns<Static<S>> => ({ status: 200, schema })
/** 204, truly empty: clients compare the body with ''. */
export const nothing: Returns<void> = { status: 204, schema: null }
/**
 * 204, with something to say in headers. The act returns their values; undefined is left out. They are logged with the
 * request, too.
 * @param headers name to what it says
 */
export const nothingBut = <Name extends string>(
  headers: Record<Name, string>,
): Returns<{ [Each in Name]: string | undefined }> => ({ status: 204, schema: null, headers })
/** A file: what browsers are to call it, how large it is, and what is in it. */
export type FileOut = { name: string; bytes: number; content: AsyncIterable<Buffer> }
/** 200 with a file of a type, to be kept by whoever asks, sent as it is read. */
export const file = (type: string): Returns<FileOut> => ({ status: 200, schema: null, file: type })
/** 200 with plain data; or 204, where the act gives nothing. */
export const dataOrNothing = <S extends TSchema>(schema: S): Returns<Static<S> | undefined> => ({
  status: 200,
  schema,
  orNothing: true,
})
/** 200 with lines of JSON, each of the given shape, sent as they come to be. */
export const lines = (line: TSchema): Returns<AsyncIterable<object[]>> => ({ status: 200, schema: line, lines: true })
/**
 * The same, with something to say in headers besides: the act returns their values beside the JSON. They are logged with
 * the request, too.
 */
export const saying = <Name extends string, View extends string>(
  returns: Returns<Json<View>>,
  headers: Record<Name, string>,
): Returns<Json<View> & { [Each in Name]?: string }> => ({ status: returns.status, schema: returns.schema, headers })
const usualPage: PageRules = { limit: 20, max: maxPage }
/** A page of a list, rendered by its view, or by one of several. */
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
   * Asked before the body is read, with what the path names. Throws the refusal, or gives the context of the act: behind
   * `member` its actor is never null, by type, and what an audience has read it may hand on. One that reads the database
   * gives a promise and is waited for; one that knows at once costs no turn of the event loop.
   */
  admit(ctx: Ctx, path: Record<string, unknown>): Admitted | Promise<Admitted>
}

/** A condition of the community that an endpoint depends on. */
export type Gate<Ctx> = { name: string; says: string; check(ctx: Ctx): void }

/**
 * Another standard than this API's own, where it rules an address. The Authorization header is then for the act: it does
 * not say which member calls.
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
  /** What the line leaves out. */
  description?: string
  /** Not in the contract: ours. */
  extension?: true
  who: Audience<Ctx, Admitted>
  onlyIf?: Gate<Ctx>
  /** Path values by the names in the path; the rest from the query of a GET or DELETE, else from the body. */
  takes?: T
  /** Fields of the body that the community has made up, by their names: the act is given them among the others, unread. */
  ofCommunity?(ctx: NoInfer<Admitted>): string[]
  /** Fields that are not this caller's to give: they change nothing, and the answer names them as ignored. */
  notTheirs?(ctx: NoInfer<Admitted>): readonly string[]
  /** The field that a body which is a bare number or array stands for. */
  bare?: keyof T & string
  /** The body is lines of JSON, each of these fields, and is read as it comes; `takes` is from the query then. */
  lines?: LineRules<L>
  /** Shape of a body whose names are not known beforehand; the act is given it whole. */
  anyBody?: TSchema
  /** Largest body, in bytes, where it is more than others need. */
  bodyLimit?: number
  /** Takes files, of so many bytes each; the rest of the body, and one that has no files, is held to `bodyLimit`. */
  uploads?: { bytes: number }
  /** A rate of its own, besides the one that all requests count for. */
  rate?: Rate
  /**
   * What the answer follows from, besides the address that was asked: the same thing again, the same answer. It is kept as
   * bytes then, and a client that has it is told so. Never for what depends on who asks.
   */
  sameWhile?(ctx: NoInfer<Admitted>): object
  /** Reads the primary, though it is a GET: it writes something, or looks at the server of the database itself. */
  primary?: true
  /** Takes long for some members: only so many are worked on at a time that others find a database connection. */
  heavy?: true
  returns: Returns<Out>
  /** Spoken by another standard. */
  standard?: Standard
  /**
   * What the act finds wrong with its input beyond the shape, given the fields whose shape is right: asked when others
   * are not, so that all that is wrong is named at once. Throws the refusal of it; writes nothing.
   */
  checks?(ctx: NoInfer<Admitted>, input: Partial<Input<NoInfer<T>>>): unknown
  /** Error codes worth naming in the reference, each with when it happens. */
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
