"""`rxledger bench`: measures the slow paths, each against its own baseline in the same run. Never a test."""
