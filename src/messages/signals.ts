/** The kinds of signals about messages. */
export const messageSent = 'message_sent'
export const messageTakenBack = 'message_taken_back'
