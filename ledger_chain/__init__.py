"""The chain as seen from Python: contract bindings, a typed reader, and the embedded engines."""
