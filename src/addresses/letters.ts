import type { Letter } from '../mail/compose.ts'
import type { Language } from '../platform/http/language.ts'

/** Who a mail is about, in which community, and where its link leads. */
export type About = { community: string; username: string; link: string; code?: string; inviter?: string }

/** The mails about accounts, in one language. */
const en = {
  confirmSignUp: ({ community, username, link }: About): Letter => ({
    subject: `Confirm your address for ${community}`,
    greeting: `Hello ${username},`,
    says: [`somebody, you we hope, has made an account in ${community} with this address. Confirm that it is yours:`],
    link: { words: 'Confirm the address', address: link },
    ends: [`${community}. The link is good for a week.`, 'If you have made no account, do nothing: nobody will.'],
  }),
  alreadyKnown: ({ community, username, link }: About): Letter => ({
    subject: `You have an account in ${community} already`,
    greeting: `Hello ${username},`,
    says: [
      `somebody has given this address for an account in ${community}. You have one with it already: you are ${username} there.`,
      'If it was you and you have forgotten the password, choose another:',
    ],
    link: { words: 'I have forgotten my password', address: link },
    ends: [`${community}. If it was not you, do nothing: nobody has learned that this address is known here.`],
  }),
  confirmChange: ({ community, username, link, code = '' }: About): Letter => ({
    subject: `Confirm your new address for ${community}`,
    greeting: `Hello ${username},`,
    says: [`you want to use this address in ${community} from now on. Confirm that it is yours:`],
    link: { words: 'Confirm the address', address: link },
    code: { words: 'If you are asked for a code, it is', code },
    ends: [`${community}. The link is good for a day.`, 'If this was not you, do nothing.'],
  }),
  changed: ({ community, username, link }: About): Letter => ({
    subject: `Your address for ${community} has changed`,
    greeting: `Hello ${username},`,
    says: [
      `another address has been confirmed for your account in ${community}. Nothing is sent to this one any more.`,
    ],
    link: { words: community, address: link },
    ends: [`${community}. If this was not you, tell those who run the community at once.`],
  }),
  recover: ({ community, username, link }: About): Letter => ({
    subject: `Another password for ${community}`,
    greeting: `Hello ${username},`,
    says: [`somebody, you we hope, has forgotten the password of your account in ${community}. Choose another:`],
    link: { words: 'Choose a password', address: link },
    ends: [
      `${community}. The link is good for an hour, and once.`,
      'If this was not you, do nothing: your password stays as it is.',
    ],
  }),
  passwordChanged: ({ community, username, link }: About): Letter => ({
    subject: `Your password for ${community} has changed`,
    greeting: `Hello ${username},`,
    says: [
      `your account in ${community} has another password, chosen by a link that was sent to this address. You are signed out everywhere else.`,
      'If this was not you, choose another at once:',
    ],
    link: { words: 'I have forgotten my password', address: link },
    ends: [community],
  }),
  approved: ({ community, username, link }: About): Letter => ({
    subject: `Welcome to ${community}`,
    greeting: `Hello ${username},`,
    says: [`you have been let in: your account in ${community} is ready.`],
    link: { words: 'Sign in', address: link },
    ends: [community],
  }),
  approvedUnconfirmed: ({ community, username, link }: About): Letter => ({
    subject: `Confirm your address for ${community}`,
    greeting: `Hello ${username},`,
    says: [`you have been let in to ${community}. All that is left is to confirm that this address is yours:`],
    link: { words: 'Confirm the address', address: link },
    ends: [community],
  }),
  invited: ({ community, username, link, code = '', inviter }: About): Letter => ({
    subject: `You are invited to ${community}`,
    greeting: `Hello ${username},`,
    says: [`${inviter ?? `those who run ${community}`} would like to have you in ${community}. Make an account:`],
    link: { words: 'Accept the invitation', address: link },
    code: { words: 'If you are asked for a code, it is', code },
    ends: [`${community}. If this is not for you, do nothing.`],
  }),
  refused: ({ community, username }: About): Letter => ({
    subject: `Your account in ${community}`,
    greeting: `Hello ${username},`,
    says: [`those who run ${community} have not let you in. The account that you made is gone, with this address.`],
    ends: [community],
  }),
  archiveReady: ({ community, username, link }: About): Letter => ({
    subject: `Your data from ${community}`,
    greeting: `Hello ${username},`,
    says: [`the archive of what is kept of you in ${community} is ready. Sign in and download it:`],
    link: { words: 'Download your data', address: link },
    ends: [
      `${community}. It is kept for a week, for you alone.`,
      'If you have not asked for it, change your password: somebody is signed in as you.',
    ],
  }),
}

type Letters = typeof en
export type LetterName = keyof Letters

const it: Letters = {
  confirmSignUp: ({ community, username, link }) => ({
    subject: `Conferma il tuo indirizzo per ${community}`,
    greeting: `Ciao ${username},`,
    says: [`qualcuno, speriamo tu, ha creato un account in ${community} con questo indirizzo. Conferma che è tuo:`],
    link: { words: 'Conferma l’indirizzo', address: link },
    ends: [
      `${community}. Il collegamento vale una settimana.`,
      'Se non hai creato nessun account, non fare nulla: non verrà attivato.',
    ],
  }),
  alreadyKnown: ({ community, username, link }) => ({
    subject: `Hai già un account in ${community}`,
    greeting: `Ciao ${username},`,
    says: [
      `qualcuno ha indicato questo indirizzo per un account in ${community}. Ne hai già uno: lì sei ${username}.`,
      'Se sei stato tu e hai dimenticato la password, scegline un’altra:',
    ],
    link: { words: 'Ho dimenticato la password', address: link },
    ends: [`${community}. Se non sei stato tu, non fare nulla: nessuno ha saputo che questo indirizzo è noto qui.`],
  }),
  confirmChange: ({ community, username, link, code = '' }) => ({
    subject: `Conferma il tuo nuovo indirizzo per ${community}`,
    greeting: `Ciao ${username},`,
    says: [`d’ora in poi vuoi usare questo indirizzo in ${community}. Conferma che è tuo:`],
    link: { words: 'Conferma l’indirizzo', address: link },
    code: { words: 'Se ti viene chiesto un codice, è', code },
    ends: [`${community}. Il collegamento vale un giorno.`, 'Se non sei stato tu, non fare nulla.'],
  }),
  changed: ({ community, username, link }) => ({
    subject: `Il tuo indirizzo per ${community} è cambiato`,
    greeting: `Ciao ${username},`,
    says: [
      `per il tuo account in ${community} è stato confermato un altro indirizzo. A questo non verrà più inviato nulla.`,
    ],
    link: { words: community, address: link },
    ends: [`${community}. Se non sei stato tu, avvisa subito chi gestisce la comunità.`],
  }),
  recover: ({ community, username, link }) => ({
    subject: `Un’altra password per ${community}`,
    greeting: `Ciao ${username},`,
    says: [`qualcuno, speriamo tu, ha dimenticato la password del tuo account in ${community}. Scegline un’altra:`],
    link: { words: 'Scegli una password', address: link },
    ends: [
      `${community}. Il collegamento vale un’ora, e una volta sola.`,
      'Se non sei stato tu, non fare nulla: la tua password resta com’è.',
    ],
  }),
  passwordChanged: ({ community, username, link }) => ({
    subject: `La tua password per ${community} è cambiata`,
    greeting: `Ciao ${username},`,
    says: [
      `il tuo account in ${community} ha un’altra password, scelta con un collegamento inviato a questo indirizzo. Altrove l’accesso è terminato.`,
      'Se non sei stato tu, scegline subito un’altra:',
    ],
    link: { words: 'Ho dimenticato la password', address: link },
    ends: [community],
  }),
  approved: ({ community, username, link }) => ({
    subject: `Benvenuto in ${community}`,
    greeting: `Ciao ${username},`,
    says: [`la tua richiesta è stata accettata: il tuo account in ${community} è pronto.`],
    link: { words: 'Accedi', address: link },
    ends: [community],
  }),
  approvedUnconfirmed: ({ community, username, link }) => ({
    subject: `Conferma il tuo indirizzo per ${community}`,
    greeting: `Ciao ${username},`,
    says: [
      `la tua richiesta di entrare in ${community} è stata accettata. Resta solo da confermare che questo indirizzo è tuo:`,
    ],
    link: { words: 'Conferma l’indirizzo', address: link },
    ends: [community],
  }),
  invited: ({ community, username, link, code = '', inviter }) => ({
    subject: `Sei invitato in ${community}`,
    greeting: `Ciao ${username},`,
    says: [`${inviter ?? `chi gestisce ${community}`} ti vorrebbe in ${community}. Crea un account:`],
    link: { words: 'Accetta l’invito', address: link },
    code: { words: 'Se ti viene chiesto un codice, è', code },
    ends: [`${community}. Se non è per te, non fare nulla.`],
  }),
  refused: ({ community, username }) => ({
    subject: `Il tuo account in ${community}`,
    greeting: `Ciao ${username},`,
    says: [
      `chi gestisce ${community} non ha accettato la tua richiesta. L’account che hai creato non c’è più, e nemmeno questo indirizzo.`,
    ],
    ends: [community],
  }),
  archiveReady: ({ community, username, link }) => ({
    subject: `I tuoi dati da ${community}`,
    greeting: `Ciao ${username},`,
    says: [`l’archivio di ciò che è conservato di te in ${community} è pronto. Accedi e scaricalo:`],
    link: { words: 'Scarica i tuoi dati', address: link },
    ends: [
      `${community}. È conservato per una settimana, solo per te.`,
      'Se non l’hai chiesto tu, cambia la password: qualcuno ha effettuato l’accesso al posto tuo.',
    ],
  }),
}

const letters: Record<Language, Letters> = { en, it }

export const writeLetter = (language: Language, name: LetterName, about: About): Letter =>
  letters[language][name](about)
