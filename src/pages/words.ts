import Negotiator from 'negotiator'

/** What pages say, in one language. Names are by what it is for, not by where it stands. */
const en = {
  signIn: 'Sign in',
  signOut: 'Sign out',
  signedInAs: (name: string) => `Signed in as ${name}`,
  account: 'Username or e-mail address',
  password: 'Password',
  wrong: 'The name or the password is not right. Try again.',
  blank: 'Fill in both fields.',
  throttled: (minutes: number) => `Too many attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
  stale: 'This form was open for too long, or was sent from elsewhere. Send it again.',
  signOutQuestion: 'Do you want to sign out of this browser?',
  notSignedIn: 'You are not signed in.',
  home: 'To the first page',
  members: 'Members',
  membersCount: (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'member' : 'members'}`,
  categories: 'Categories',
  newest: 'Newest',
  by: (name: string) => `by ${name}`,
  closed: 'What is written here is for members. Sign in to read it.',
  empty: 'Nothing has been published yet.',
  reference: 'API reference',
  firstSteps: 'This community is new. Three things to do first:',
  firstMember: 'Make a member',
  firstApp: 'Let an app sign members in',
  firstLook: 'Or fill it with a made-up community, to look at',
  allow: 'Allow',
  deny: 'Do not allow',
  wants: (app: string, community: string) => `${app} wants to act for you in ${community}`,
  mayRead: 'Read what you can read',
  mayWrite: 'Do what you can do: publish, connect, change your profile',
  staff: 'You look after this community: the app could do that in your name, too.',
  goesTo: (where: string) => `You will be sent to ${where}.`,
  notYou: 'Not you? Sign out',
  badRequest: 'This cannot be done',
  appUnknown: 'The app that sent you here is not known to this community.',
  redirectUnknown: 'The app that sent you here wants you sent to an address that it has not registered.',
  appFault: 'Tell whoever makes the app. Nothing was given to it.',
  notFound: 'There is nothing here',
  notFoundMore: 'The address may be mistyped, or what was here is gone.',
  failed: 'Something went wrong on our side',
  failedMore: (id: string) =>
    `Try again in a moment. If it stays so, tell whoever runs this community the number ${id}.`,
  unavailable: 'Not available just now',
  unavailableMore: 'Try again in a moment.',
}

export type Words = typeof en

const it: Words = {
  signIn: 'Accedi',
  signOut: 'Esci',
  signedInAs: (name) => `Accesso effettuato come ${name}`,
  account: 'Nome utente o indirizzo e-mail',
  password: 'Password',
  wrong: 'Il nome o la password non sono corretti. Riprova.',
  blank: 'Compila entrambi i campi.',
  throttled: (minutes) => `Troppi tentativi. Riprova tra ${minutes} ${minutes === 1 ? 'minuto' : 'minuti'}.`,
  stale: 'Il modulo è rimasto aperto troppo a lungo, o è stato inviato da un altro sito. Invialo di nuovo.',
  signOutQuestion: 'Vuoi uscire da questo browser?',
  notSignedIn: 'Non hai effettuato l’accesso.',
  home: 'Alla prima pagina',
  members: 'Membri',
  membersCount: (n) => `${n.toLocaleString('it')} ${n === 1 ? 'membro' : 'membri'}`,
  categories: 'Categorie',
  newest: 'Novità',
  by: (name) => `di ${name}`,
  closed: 'Ciò che si scrive qui è per i membri. Accedi per leggerlo.',
  empty: 'Non è stato ancora pubblicato nulla.',
  reference: 'Riferimento delle API',
  firstSteps: 'Questa comunità è nuova. Tre cose da fare per prime:',
  firstMember: 'Crea un membro',
  firstApp: 'Permetti a un’app di far accedere i membri',
  firstLook: 'Oppure riempila con una comunità inventata, per dare un’occhiata',
  allow: 'Consenti',
  deny: 'Non consentire',
  wants: (app, community) => `${app} chiede di agire per te in ${community}`,
  mayRead: 'Leggere ciò che puoi leggere tu',
  mayWrite: 'Fare ciò che puoi fare tu: pubblicare, collegarsi, modificare il tuo profilo',
  staff: 'Tu gestisci questa comunità: l’app potrebbe farlo a tuo nome.',
  goesTo: (where) => `Verrai mandato a ${where}.`,
  notYou: 'Non sei tu? Esci',
  badRequest: 'Non è possibile',
  appUnknown: 'L’app che ti ha mandato qui non è nota a questa comunità.',
  redirectUnknown: 'L’app che ti ha mandato qui vuole mandarti a un indirizzo che non ha registrato.',
  appFault: 'Avvisa chi realizza l’app. Non le è stato dato nulla.',
  notFound: 'Qui non c’è nulla',
  notFoundMore: 'L’indirizzo può essere sbagliato, o ciò che c’era non c’è più.',
  failed: 'Qualcosa è andato storto da parte nostra',
  failedMore: (id) => `Riprova tra poco. Se continua, comunica a chi gestisce questa comunità il numero ${id}.`,
  unavailable: 'Non disponibile in questo momento',
  unavailableMore: 'Riprova tra poco.',
}

export const languages = { en, it }
export type Language = keyof typeof languages

/** The language of ours that whoever asks would rather read. */
export function languageFor(accept: string | undefined): Language {
  const given = { headers: { 'accept-language': accept } } as never
  return (new Negotiator(given).language(Object.keys(languages)) as Language | undefined) ?? 'en'
}
