"""Records linked with each other and with the acts on chain, and the rules by which they are judged."""
