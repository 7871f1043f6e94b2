/** How many custom CAs an account has place for, unless its settings say otherwise: what the vendor's plans have. */
export const UPLOADED_LIMIT = 5;

/** No account can have more. */
export const MOST_UPLOADED = 50;
