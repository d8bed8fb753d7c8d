"""`rxledger demo`: the story of a prescription, told by what verifier, gateway and contracts say."""
