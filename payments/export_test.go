package payments

// ChainPage is how the chains are read, for a test that asks an engine how it would go about that.
const ChainPage = chainPage
