"""Idempotency-Key: the same request sent again gets the first answer and changes nothing."""
