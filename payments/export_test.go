package payments

// ChainedSQL is the statement of one page of the books' chain.
const ChainedSQL = chainedSQL
