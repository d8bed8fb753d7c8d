"""The same request sent twice is done once: by an Idempotency-Key, or by the key in a page's form."""
