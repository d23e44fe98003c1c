/** What open pages are told of messages. */
export const messageSent = 'message_sent'
export const messageTakenBack = 'message_taken_back'
