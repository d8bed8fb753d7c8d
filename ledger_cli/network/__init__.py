"""`rxledger network`: the files of a production network of Besu nodes, and how such a network is doing.

`kit` writes the files, from a `plan`; `survey` asks running nodes; `findings` compares two
surveys and says what is wrong.
What the files say follows Besu's documentation (besu.hyperledger.org: "Configure QBFT consensus", "Use local
permissioning", "Configure static nodes", "Options", "Configure a free gas network", "Use metrics").
"""
