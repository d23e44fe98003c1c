import type { FastifyReply, FastifyRequest } from 'fastify'
import { openContext } from '../auth/identify.ts'
import { mails, signIns, signUps } from '../auth/rates.ts'
import type { Kith } from '../context.ts'
import { serveBuilt, watchBuilt } from '../platform/http/built.ts'
import type { Rate } from '../platform/http/limits.ts'
import { type Server, type ServerOptions, wantsPage } from '../platform/http/server.ts'
import { showApps, withdrawApp } from './apps.ts'
import { authorize } from './authorize.ts'
import { consoleFiles, consolePath, showConsole } from './console.ts'
import { askForData, downloadData, showData } from './data.ts'
import { builtPath, showFront } from './front.ts'
import { showHome } from './home.ts'
import { leave, showLeave } from './leave.ts'
import { showLegal } from './legal.ts'
import { recover, reset, showRecover, showReset } from './recover.ts'
import { showSignIn, showSignOut, signIn, signOut } from './sign-in.ts'
import { showSignUp, signUp } from './sign-up.ts'
import { showVerify, verify } from './verify.ts'
import { openVisit, type Visit } from './visit.ts'

/** Serves Kith's own pages: rendered here, a few kB each, without scripts. */
export function servePages(server: Server, kith: Kith, options: ServerOptions): void {
  const { app, rates } = server
  const to = (show: (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    async function answer(request: FastifyRequest, reply: FastifyReply) {
      const ctx = await openContext(kith, request.caller ?? null, request, options)
      return show(openVisit(ctx, request, reply), request, reply)
    }
  function counted(rate: Rate) {
    const count = rates.of(rate)
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const tooMany = await count(request, reply)
      if (tooMany) throw tooMany
    }
  }
  const built = options.built === undefined ? async () => null : watchBuilt(options.built)
  app.get(
    '/',
    to(async (visit) => {
      const front = await built()
      return front ? showFront(visit, front) : showHome(visit)
    }),
  )
  if (options.built !== undefined) {
    serveBuilt(server, builtPath, options.built)
    // The application has addresses of its own that only it knows: a page requested at an unknown address is the
    // application.
    app.get('/*', async (request, reply) => {
      const front = wantsPage(request) ? await built() : null
      if (!front) throw server.nothingAt(request)
      return to((visit) => showFront(visit, front))(request, reply)
    })
  }
  if (options.console) serveConsole(options.console)
  app.get('/signin', to(showSignIn))
  app.post('/signin', { onRequest: counted(signIns) }, to(signIn))
  app.get('/signup', to(showSignUp))
  app.post('/signup', { onRequest: counted(signUps) }, to(signUp))
  app.get('/account/verify', to(showVerify))
  app.post('/account/verify', { onRequest: counted(signIns) }, to(verify))
  app.get('/account/recover', to(showRecover))
  app.post('/account/recover', { onRequest: counted(mails) }, to(recover))
  app.get('/account/recover/password', to(showReset))
  app.post('/account/recover/password', { onRequest: counted(signIns) }, to(reset))
  app.get('/account/delete', to(showLeave))
  app.post('/account/delete', { onRequest: counted(signIns) }, to(leave))
  app.get('/account/data', to(showData))
  app.post('/account/data', to(askForData))
  app.get('/account/data/download', to(downloadData))
  app.get('/legal', to(showLegal))
  app.get('/signout', to(showSignOut))
  app.post('/signout', to(signOut))
  app.get('/apps', to(showApps))
  app.post('/apps', to(withdrawApp))
  app.get('/oauth/authorize', to(authorize))
  app.post('/oauth/authorize', to(authorize))

  /** The console has addresses of its own; a missing file of an old build is not one of them. */
  function serveConsole({ folder, ready }: NonNullable<ServerOptions['console']>) {
    const current = watchBuilt(folder)
    serveBuilt(server, consoleFiles, folder)
    const show = to(async (visit, request) => {
      const missing = await ready()
      return showConsole(visit, request.url, await current(), missing)
    })
    // With or without its last slash.
    app.get('/console', show)
    app.get(`${consolePath}*`, show)
  }
}
