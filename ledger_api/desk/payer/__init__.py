"""Settlement requests: the adjudicator's pages at a payer, and what the one who asked sees of them."""
